// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/revisions.h"

#include "control/author.h"
#include "telemetry/database_file.h"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <google/protobuf/util/json_util.h>

#include <filesystem>
#include <sqlite3.h>

namespace millrace::control {

namespace {

using telemetry::DatabaseFault;

constexpr int kVersion = 1;

std::string recordJson(const v1::Revision& revision)
{
    std::string json;
    // Cannot fail: the message holds texts and finite numbers alone.
    (void)google::protobuf::util::MessageToJsonString(revision, &json);
    return json;
}

void makeSchema(SQLite::Database& database)
{
    database.exec(
        "CREATE TABLE IF NOT EXISTS revisions (revision INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, author TEXT NOT "
        "NULL, comment TEXT NOT NULL, config TEXT NOT NULL, record TEXT NOT NULL)");
    database.exec("CREATE TABLE IF NOT EXISTS configuration (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
}

/// Not there at all, or made by a disk that was full before it had a schema.
bool holdsNothing(const std::string& path)
{
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error == std::errc::no_such_file_or_directory || (!error && size == 0);
}

}  // namespace

void RevisionFile::openNow()
{
    auto database = telemetry::openToWrite(path_, kVersion, makeSchema);
    // An applied configuration is not to be lost, not even by a power cut: commits are rare and may wait for the disk.
    database->exec("PRAGMA synchronous=FULL");
    database->exec("PRAGMA cache_size=-64");  // KiB; it is small
    database_ = std::move(database);
}

void RevisionFile::read()
{
    std::deque<StoredRevision> all;
    std::string seen;
    for (const char* table : {"revisions", "configuration"})
        if (!database_->tableExists(table))
            throw SQLite::Exception(std::string("it has no table ") + table, SQLITE_CORRUPT);
    SQLite::Statement select(
        *database_, "SELECT revision, time_ms, author, comment, config, record FROM revisions ORDER BY revision");
    while (select.executeStep()) {
        StoredRevision stored;
        google::protobuf::util::JsonParseOptions lenient;
        lenient.ignore_unknown_fields = true;
        // The columns are the truth; the record adds changes and figures.
        (void)google::protobuf::util::JsonStringToMessage(select.getColumn(5).getString(), &stored.revision, lenient);
        stored.revision.set_revision(static_cast<std::uint64_t>(select.getColumn(0).getInt64()));
        stored.revision.set_time_ms(select.getColumn(1).getInt64());
        stored.revision.set_author(authorOf(select.getColumn(2).getString()));
        stored.revision.set_comment(select.getColumn(3).getString());
        stored.configJson = select.getColumn(4).getString();
        all.push_back(std::move(stored));
    }
    SQLite::Statement file(*database_, "SELECT value FROM configuration WHERE name = 'file'");
    if (file.executeStep()) seen = file.getColumn(0).getString();
    revisions_ = std::move(all);
    fileSeen_ = std::move(seen);
}

Status RevisionFile::unusable(const std::exception& error) const
{
    return unavailable(path_ + " cannot be used: " + telemetry::reasonOf(error, path_));
}

StatusOr<std::unique_ptr<RevisionFile>> RevisionFile::open(const std::string& path)
{
    std::unique_ptr<RevisionFile> file(new RevisionFile(path));
    for (;;) {
        try {
            file->openNow();
            file->read();
            return file;
        } catch (const std::exception& error) {
            file->database_.reset();
            const auto fault = telemetry::faultOf(error);
            if (fault == DatabaseFault::Busy || fault == DatabaseFault::Newer) return file->unusable(error);
            file->writable_ = file->unusable(error);
            if (fault == DatabaseFault::Damaged && file->setAside_.empty()) {
                file->setAside_ = telemetry::setAside(path);
                file->damage_ = error.what();
                if (!file->setAside_.empty()) {
                    file->writable_ = absl::OkStatus();
                    continue;
                }
                return file;  // damaged where nothing can be renamed: begun anew in memory
            }
        }
        if (holdsNothing(path)) return file;
        try {
            file->database_ = telemetry::openToRead(path, kVersion);
            file->read();
            return file;
        } catch (const std::exception& error) {
            return file->unusable(error);
        }
    }
}

template <typename Work>
Status RevisionFile::write(Work&& work)
{
    if (removed_) return writable_;
    try {
        if (!writable_.ok()) openNow();
        telemetry::requireInPlace(*database_);
        SQLite::Transaction transaction(*database_);
        work();
        transaction.commit();
        return writable_ = absl::OkStatus();
    } catch (const std::exception& error) {
        return failed(error);
    }
}

Status RevisionFile::failed(const std::exception& error)
{
    removed_ = telemetry::faultOf(error) == DatabaseFault::Removed;
    return writable_ = unusable(error);
}

Status RevisionFile::checkPlace()
{
    if (removed_ || !database_) return writable_;
    try {
        telemetry::requireInPlace(*database_);
        return writable_;
    } catch (const std::exception& error) {
        return failed(error);
    }
}

Status RevisionFile::restore(const std::deque<StoredRevision>& revisions)
{
    if (!holdsNothing(path_))
        return writable_ = unavailable(path_ +
                                       " cannot be used: another file is in its place; start the engine anew to use "
                                       "that one");
    owed_ = revisions;
    owesSeen_ = true;
    removed_ = false;
    return settle();
}

void RevisionFile::insert(const StoredRevision& stored)
{
    SQLite::Statement insertion(*database_, "INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?)");
    insertion.bind(1, static_cast<std::int64_t>(stored.revision.revision()));
    insertion.bind(2, static_cast<std::int64_t>(stored.revision.time_ms()));
    insertion.bind(3, authorWord(stored.revision.author()));
    insertion.bind(4, stored.revision.comment());
    insertion.bind(5, stored.configJson);
    insertion.bind(6, recordJson(stored.revision));
    insertion.exec();
    SQLite::Statement deletion(*database_, "DELETE FROM revisions WHERE revision <= ?");
    deletion.bind(1, static_cast<std::int64_t>(stored.revision.revision()) - static_cast<std::int64_t>(kRevisionsMax));
    deletion.exec();
}

void RevisionFile::payDebts()
{
    for (const auto& stored : owed_) insert(stored);
    if (!owesSeen_) return;
    SQLite::Statement insertion(*database_, "INSERT OR REPLACE INTO configuration VALUES ('file', ?)");
    insertion.bind(1, fileSeen_);
    insertion.exec();
}

template <typename Work>
Status RevisionFile::writeWithDebts(Work&& work)
{
    Status status = write([&] {
        payDebts();
        work();
    });
    if (!status.ok()) return status;
    owed_.clear();
    owesSeen_ = false;
    return status;
}

Status RevisionFile::append(const StoredRevision& stored)
{
    return writeWithDebts([&] { insert(stored); });
}

Status RevisionFile::settle()
{
    return writeWithDebts([&] {
        // A write that says nothing new, so that it is known whether writing works.
        SQLite::Statement mark(*database_, "INSERT OR REPLACE INTO configuration VALUES ('written', '')");
        mark.exec();
    });
}

Status RevisionFile::measure(const v1::Revision& revision)
{
    return write([&] {
        SQLite::Statement update(*database_, "UPDATE revisions SET record = ? WHERE revision = ?");
        update.bind(1, recordJson(revision));
        update.bind(2, static_cast<std::int64_t>(revision.revision()));
        update.exec();
    });
}

}  // namespace millrace::control
