// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/revisions.h"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <google/protobuf/util/json_util.h>

namespace millrace::control {

namespace {

constexpr int kVersion = 1;

std::string recordJson(const v1::Revision& revision)
{
    std::string json;
    // Cannot fail: the message holds texts and finite numbers alone.
    (void)google::protobuf::util::MessageToJsonString(revision, &json);
    return json;
}

}  // namespace

RevisionFile::RevisionFile(const std::string& path)
    : path_(path), database_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
{
    database_.setBusyTimeout(2000);
    database_.exec("PRAGMA journal_mode=WAL");
    // An applied configuration is not to be lost, not even by a power cut: commits are rare and may wait for the disk.
    database_.exec("PRAGMA synchronous=FULL");
    database_.exec("PRAGMA cache_size=-64");  // KB; it is small
    if (database_.execAndGet("PRAGMA user_version").getInt() > kVersion)
        throw SQLite::Exception("it was written by a newer version of the engine");
    SQLite::Transaction transaction(database_);
    database_.exec(
        "CREATE TABLE IF NOT EXISTS revisions (revision INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, author TEXT NOT "
        "NULL, comment TEXT NOT NULL, config TEXT NOT NULL, record TEXT NOT NULL)");
    database_.exec("CREATE TABLE IF NOT EXISTS configuration (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
    database_.exec("PRAGMA user_version=" + std::to_string(kVersion));
    transaction.commit();
}

template <typename Work>
Status RevisionFile::guarded(Work&& work)
{
    try {
        work();
        return absl::OkStatus();
    } catch (const std::exception& error) {
        return unavailable(path_ + " cannot be used: " + error.what());
    }
}

StatusOr<std::unique_ptr<RevisionFile>> RevisionFile::open(const std::string& path)
{
    try {
        return std::unique_ptr<RevisionFile>(new RevisionFile(path));
    } catch (const std::exception& error) {
        return unavailable(path + " cannot be used: " + error.what());
    }
}

StatusOr<std::deque<StoredRevision>> RevisionFile::load()
{
    std::deque<StoredRevision> all;
    Status status = guarded([&] {
        SQLite::Statement select(
            database_, "SELECT revision, time_ms, author, comment, config, record FROM revisions ORDER BY revision");
        while (select.executeStep()) {
            StoredRevision one;
            google::protobuf::util::JsonParseOptions lenient;
            lenient.ignore_unknown_fields = true;
            // The columns are the truth; the record adds changes and figures.
            (void)google::protobuf::util::JsonStringToMessage(select.getColumn(5).getString(), &one.revision, lenient);
            one.revision.set_revision(static_cast<std::uint64_t>(select.getColumn(0).getInt64()));
            one.revision.set_time_ms(select.getColumn(1).getInt64());
            one.revision.set_author(select.getColumn(2).getString());
            one.revision.set_comment(select.getColumn(3).getString());
            one.configJson = select.getColumn(4).getString();
            all.push_back(std::move(one));
        }
    });
    if (!status.ok()) return status;
    return all;
}

StatusOr<std::string> RevisionFile::fileSeen()
{
    std::string seen;
    Status status = guarded([&] {
        SQLite::Statement select(database_, "SELECT value FROM configuration WHERE name = 'file'");
        if (select.executeStep()) seen = select.getColumn(0).getString();
    });
    if (!status.ok()) return status;
    return seen;
}

Status RevisionFile::setFileSeen(const std::string& json)
{
    return guarded([&] {
        SQLite::Statement insertion(database_, "INSERT OR REPLACE INTO configuration VALUES ('file', ?)");
        insertion.bind(1, json);
        insertion.exec();
    });
}

Status RevisionFile::append(const StoredRevision& stored)
{
    return guarded([&] {
        SQLite::Transaction transaction(database_);
        SQLite::Statement insertion(database_, "INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?)");
        insertion.bind(1, static_cast<std::int64_t>(stored.revision.revision()));
        insertion.bind(2, static_cast<std::int64_t>(stored.revision.time_ms()));
        insertion.bind(3, stored.revision.author());
        insertion.bind(4, stored.revision.comment());
        insertion.bind(5, stored.configJson);
        insertion.bind(6, recordJson(stored.revision));
        insertion.exec();
        SQLite::Statement deletion(database_, "DELETE FROM revisions WHERE revision <= ?");
        deletion.bind(1,
                      static_cast<std::int64_t>(stored.revision.revision()) - static_cast<std::int64_t>(kRevisionsMax));
        deletion.exec();
        transaction.commit();
    });
}

Status RevisionFile::measure(const v1::Revision& revision)
{
    return guarded([&] {
        SQLite::Statement update(database_, "UPDATE revisions SET record = ? WHERE revision = ?");
        update.bind(1, recordJson(revision));
        update.bind(2, static_cast<std::int64_t>(revision.revision()));
        update.exec();
    });
}

}  // namespace millrace::control
