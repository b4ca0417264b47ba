// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/journal.h"
#include "telemetry/series_store.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <functional>
#include <string>
#include <vector>

namespace millrace::telemetry {

/// The SQLite file of History. Thread: one at a time. Errors: throws SQLite::Exception; History catches.
class HistoryFile {
public:
    explicit HistoryFile(const std::string& path);

    std::vector<std::string> names();
    /// Seconds since `fromMs`, oldest first.
    std::vector<Row> seconds(std::int64_t fromMs);
    /// Takes up the means that the last run left unfinished.
    void resume();
    void write(const std::vector<std::string>& names, const std::vector<Row>& rows, const std::vector<Event>& events);
    /// Rows of `spanMs` (1000, 10000, 60000) in from..to, oldest first, and with the last flag the unfinished span.
    void read(std::int64_t spanMs, std::int64_t fromMs, std::int64_t toMs, const std::function<void(const Row&)>& call);
    std::vector<Event> events(std::int64_t fromMs, std::int64_t toMs, std::size_t most);

private:
    void insert(SQLite::Statement& statement, const Row& row);
    void forget(std::int64_t nowMs);

    SQLite::Database database_;
    std::size_t namesWritten_ = 0;
    Downsampler tens_{10'000};
    Downsampler minutes_{60'000};
    std::int64_t forgottenMs_ = 0;
};

}  // namespace millrace::telemetry
