// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/event_log.h"
#include "telemetry/history.h"
#include "telemetry/series_store.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::telemetry {

/// The clock by which rows age: the wall clock, where a jump is accepted only if it lasts. So a clock that is wrong for
/// a moment (an empty battery at boot, a resumed virtual machine) does not expire a month of history. Pure core.
class AgeClock {
public:
    static constexpr std::int64_t kStepMs = 60'000;  ///< more than this from one row to the next is a jump
    static constexpr int kLasting = 600;             ///< rows, one a second, until a jump is accepted
    /// `newestMs`: time of the newest row; 0: no rows.
    void start(std::int64_t newestMs) { newest_ = newestMs; }
    std::int64_t follow(std::int64_t rowMs);

private:
    std::int64_t newest_ = 0;
    std::int64_t now_ = 0;  // 0: no row yet
    int jumped_ = 0;
};

/// The SQLite file of History. Thread: one at a time. Errors: throws exceptions that faultOf() converts, with nothing
/// changed, neither on disk nor in memory; History catches them.
class HistoryFile {
public:
    enum class Access { Write, Read };
    HistoryFile(const std::string& path, Access access);

    bool writable() const { return access_ == Access::Write; }
    std::vector<std::string> names();
    /// Seconds of from..to, oldest first, the newest `most` of them.
    std::deque<Row> seconds(std::int64_t fromMs, std::int64_t toMs, std::size_t most);
    void write(const std::vector<std::string>& names, const std::vector<Row>& rows, const std::vector<Event>& events,
               const std::string& bootId);
    /// Rows of `spanMs` (1000, 10000, 60000) in from..to, oldest first, and with the last flag the unfinished span.
    void read(std::int64_t spanMs, std::int64_t fromMs, std::int64_t toMs, const std::function<void(const Row&)>& call);
    std::vector<History::PastEvent> events(std::int64_t fromMs, std::int64_t toMs, std::size_t most);

private:
    /// What is of one moment: taken back when a write fails.
    struct Means {
        Downsampler tens{10'000};
        Downsampler minutes{60'000};
        AgeClock age;
        std::int64_t forgottenMs = 0;
    };
    void resume();
    void insert(SQLite::Statement& statement, const Row& row);
    void forget(std::int64_t nowMs);
    void writeAll(const std::vector<std::string>& names, const std::vector<Row>& rows, const std::vector<Event>& events,
                  const std::string& bootId);

    const Access access_;
    std::unique_ptr<SQLite::Database> database_;
    std::size_t namesWritten_ = 0;
    Means means_;
    std::vector<Row> owedTens_, owedMinutes_;  // spans that the last run left unfinished, until the first write
};

}  // namespace millrace::telemetry
