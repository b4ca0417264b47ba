// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/history_file.h"

#include "telemetry/database_file.h"
#include "telemetry/history.h"
#include "telemetry/sentence_message.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <sqlite3.h>

namespace millrace::telemetry {

namespace {

constexpr int kVersion = 2;  // 2: events have their boot ID

std::string tableOf(std::int64_t spanMs)
{
    return spanMs == 1000 ? "points_1s" : spanMs == 10'000 ? "points_10s" : "points_1min";
}

Row rowOf(SQLite::Statement& statement)
{
    Row row;
    row.timeMs = statement.getColumn(0).getInt64();
    const auto blob = statement.getColumn(1);
    row.values = unpackRow(blob.getBlob(), static_cast<std::size_t>(blob.getBytes()));
    return row;
}

bool hasWords(SQLite::Database& database)
{
    return database.execAndGet("SELECT count(*) FROM pragma_table_info('events') WHERE name = 'words'").getInt() != 0;
}

void makeSchema(SQLite::Database& database)
{
    for (const char* table : {"points_1s", "points_10s", "points_1min"})
        database.exec(std::string("CREATE TABLE IF NOT EXISTS ") + table +
                      " (time_ms INTEGER PRIMARY KEY, series BLOB NOT NULL)");
    database.exec("CREATE TABLE IF NOT EXISTS series (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)");
    database.exec(
        "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, sequence "
        "INTEGER NOT NULL, severity INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, "
        "boot TEXT NOT NULL DEFAULT '')");
    if (database.execAndGet("SELECT count(*) FROM pragma_table_info('events') WHERE name = 'boot'").getInt() == 0)
        database.exec("ALTER TABLE events ADD COLUMN boot TEXT NOT NULL DEFAULT ''");
    // No new version: an engine that does not know it fills it by its default.
    if (!hasWords(database)) database.exec("ALTER TABLE events ADD COLUMN words BLOB NOT NULL DEFAULT x''");
    database.exec("CREATE INDEX IF NOT EXISTS events_by_time ON events (time_ms)");
}

std::int64_t newestOf(SQLite::Database& database, const std::string& table)
{
    return database.execAndGet("SELECT ifnull(max(time_ms), -1) FROM " + table).getInt64();
}

}  // namespace

std::int64_t AgeClock::follow(std::int64_t rowMs)
{
    if (now_ == 0) now_ = newest_ > 0 ? std::min(newest_, rowMs) : rowMs;
    const std::int64_t step = rowMs - now_;
    jumped_ = step >= -kStepMs && step <= kStepMs ? 0 : jumped_ + 1;
    now_ = jumped_ == 0 || jumped_ >= kLasting ? rowMs : now_ + 1000;
    return now_;
}

HistoryFile::HistoryFile(const std::string& path, Access access) : access_(access)
{
    if (access == Access::Write) {
        database_ = openToWrite(path, kVersion, makeSchema);
        database_->exec("PRAGMA synchronous=NORMAL");
    } else {
        database_ = openToRead(path, kVersion);
    }
    database_->exec("PRAGMA cache_size=-128");  // KiB; it is written at its end and seldom read
    for (const char* table : {"points_1s", "points_10s", "points_1min", "series", "events"})
        if (!database_->tableExists(table))
            throw SQLite::Exception(std::string("it has no table ") + table, SQLITE_CORRUPT);
    means_.age.start(newestOf(*database_, "points_1s"));
    resume();
}

std::vector<std::string> HistoryFile::names()
{
    std::vector<std::string> out;
    SQLite::Statement select(*database_, "SELECT number, name FROM series ORDER BY number");
    while (select.executeStep()) {
        if (select.getColumn(0).getInt64() != static_cast<std::int64_t>(out.size()))
            throw SQLite::Exception("its series are not numbered in order", SQLITE_CORRUPT);
        out.push_back(select.getColumn(1).getString());
    }
    namesWritten_ = out.size();
    return out;
}

std::deque<Row> HistoryFile::seconds(std::int64_t fromMs, std::int64_t toMs, std::size_t most)
{
    std::deque<Row> rows;
    read(1000, fromMs, toMs, [&rows, most](const Row& row) {
        rows.push_back(row);
        if (rows.size() > most) rows.pop_front();
    });
    return rows;
}

/// Takes up the means that the last run left unfinished. Writes nothing: what they close is owed to the first write.
void HistoryFile::resume()
{
    const auto take = [this](Downsampler& mean, std::vector<Row>& owed) {
        const std::int64_t newest = newestOf(*database_, tableOf(mean.spanMs()));
        read(1000, newest < 0 ? 0 : newest + mean.spanMs(), INT64_MAX, [&](const Row& row) {
            if (auto closed = mean.add(row)) owed.push_back(*std::move(closed));
        });
    };
    take(means_.tens, owedTens_);
    take(means_.minutes, owedMinutes_);
}

void HistoryFile::insert(SQLite::Statement& statement, const Row& row)
{
    const std::string packed = packRow(row);
    statement.reset();
    statement.bind(1, static_cast<std::int64_t>(row.timeMs));
    statement.bind(2, packed.data(), static_cast<int>(packed.size()));
    statement.exec();
}

void HistoryFile::write(const std::vector<std::string>& names, const std::vector<Row>& rows,
                        const std::vector<Event>& events, const std::string& bootId)
{
    const Means before = means_;
    try {
        writeAll(names, rows, events, bootId);
    } catch (...) {
        means_ = before;  // the same rows come again
        throw;
    }
    owedTens_.clear();
    owedMinutes_.clear();
}

void HistoryFile::writeAll(const std::vector<std::string>& names, const std::vector<Row>& rows,
                           const std::vector<Event>& events, const std::string& bootId)
{
    requireInPlace(*database_);
    SQLite::Transaction transaction(*database_);
    std::size_t namesNow = namesWritten_;
    for (; namesNow < names.size(); ++namesNow) {
        SQLite::Statement insertion(*database_, "INSERT INTO series VALUES (?, ?)");
        insertion.bind(1, static_cast<std::int64_t>(namesNow));
        insertion.bind(2, names[namesNow]);
        insertion.exec();
    }
    SQLite::Statement second(*database_, "INSERT OR REPLACE INTO points_1s VALUES (?, ?)");
    SQLite::Statement ten(*database_, "INSERT OR REPLACE INTO points_10s VALUES (?, ?)");
    SQLite::Statement minute(*database_, "INSERT OR REPLACE INTO points_1min VALUES (?, ?)");
    for (const auto& row : owedTens_) insert(ten, row);
    for (const auto& row : owedMinutes_) insert(minute, row);
    std::int64_t nowMs = 0;
    for (const auto& row : rows) {
        insert(second, row);
        if (const auto closed = means_.tens.add(row)) insert(ten, *closed);
        if (const auto closed = means_.minutes.add(row)) insert(minute, *closed);
        nowMs = means_.age.follow(row.timeMs);
    }
    SQLite::Statement event(*database_,
                            "INSERT INTO events (time_ms, sequence, severity, kind, subject, text, boot, words) VALUES "
                            "(?, ?, ?, ?, ?, ?, ?, "
                            "?)");
    for (const auto& record : events) {
        event.reset();
        event.bind(1, static_cast<std::int64_t>(record.timeMs));
        event.bind(2, static_cast<std::int64_t>(record.sequence));
        event.bind(3, static_cast<int>(record.severity));
        event.bind(4, record.kind);
        event.bind(5, record.subject);
        event.bind(6, record.text.english());
        event.bind(7, bootId);
        const std::string words = toBytes(record.text);
        event.bind(8, words.data(), static_cast<int>(words.size()));
        event.exec();
    }
    if (!rows.empty()) forget(nowMs);
    transaction.commit();
    namesWritten_ = namesNow;
}

void HistoryFile::forget(std::int64_t nowMs)
{
    if (nowMs - means_.forgottenMs < 60'000 && nowMs >= means_.forgottenMs) return;
    means_.forgottenMs = nowMs;
    const auto drop = [this](const std::string& table, std::int64_t before) {
        SQLite::Statement deletion(*database_, "DELETE FROM " + table + " WHERE time_ms < ?");
        deletion.bind(1, static_cast<std::int64_t>(before));
        deletion.exec();
    };
    drop("points_1s", nowMs - History::kSecondsMs);
    drop("points_10s", nowMs - History::kTensMs);
    drop("points_1min", nowMs - History::kMinutesMs);
    drop("events", nowMs - History::kMinutesMs);
    SQLite::Statement tooMany(*database_, "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?");
    tooMany.bind(1, static_cast<std::int64_t>(History::kEventsMax));
    tooMany.exec();
}

void HistoryFile::read(std::int64_t spanMs, std::int64_t fromMs, std::int64_t toMs,
                       const std::function<void(const Row&)>& call)
{
    SQLite::Statement select(*database_, "SELECT time_ms, series FROM " + tableOf(spanMs) +
                                             " WHERE time_ms BETWEEN ? AND ? ORDER BY time_ms");
    select.bind(1, static_cast<std::int64_t>(fromMs));
    select.bind(2, static_cast<std::int64_t>(toMs));
    while (select.executeStep()) call(rowOf(select));
}

std::vector<History::PastEvent> HistoryFile::events(std::int64_t fromMs, std::int64_t toMs, std::size_t most)
{
    // A file that may only be read can be of an engine that kept none.
    const std::string words = hasWords(*database_) ? "words" : "x''";
    SQLite::Statement select(*database_, "SELECT time_ms, sequence, severity, kind, subject, text, boot, " + words +
                                             " FROM events WHERE time_ms BETWEEN ? AND ? ORDER BY id DESC LIMIT ?");
    select.bind(1, static_cast<std::int64_t>(fromMs));
    select.bind(2, static_cast<std::int64_t>(toMs));
    select.bind(3, static_cast<std::int64_t>(most));
    std::vector<History::PastEvent> out;
    while (select.executeStep()) {
        History::PastEvent event;
        event.timeMs = select.getColumn(0).getInt64();
        event.sequence = static_cast<std::uint64_t>(select.getColumn(1).getInt64());
        event.severity = static_cast<Severity>(std::clamp(select.getColumn(2).getInt(), 0, 3));
        event.kind = select.getColumn(3).getString();
        event.subject = select.getColumn(4).getString();
        event.text = fromBytes(select.getColumn(7).getString(), select.getColumn(5).getString());
        event.bootId = select.getColumn(6).getString();
        out.push_back(std::move(event));
    }
    std::reverse(out.begin(), out.end());
    return out;
}

}  // namespace millrace::telemetry
