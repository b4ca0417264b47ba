// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/database_file.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <absl/strings/str_format.h>

#include <cstdio>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace millrace::telemetry {

namespace {

constexpr int kBusyMs = 2000;

bool isThere(const std::string& path)
{
    struct stat info {};
    return lstat(path.c_str(), &info) == 0;
}

/// SQLite gives -wal and -shm the mode of the database, so that has to be right before.
void makePrivate(const std::string& path)
{
    const int fresh = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fresh >= 0) ::close(fresh);
    for (const char* end : {"", "-wal", "-shm"}) {
        struct stat info {};
        const std::string file = path + end;
        // By name: closing a descriptor of one's own would drop SQLite's locks of this process.
        if (lstat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 077) != 0)
            (void)chmod(file.c_str(), 0600);
    }
}

int versionOf(SQLite::Database& database, int known)
{
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    if (version > known) throw NewerVersion();
    return version;
}

/// As it stands in a file: URI.
std::string uriPath(const std::string& path)
{
    std::string out;
    for (const char letter : path) {
        if (letter == '%' || letter == '?' || letter == '#')
            out += absl::StrFormat("%%%02x", static_cast<unsigned char>(letter));
        else
            out += letter;
    }
    return out;
}

}  // namespace

DatabaseFault faultOf(const std::exception& error)
{
    if (dynamic_cast<const NewerVersion*>(&error)) return DatabaseFault::Newer;
    if (dynamic_cast<const FileRemoved*>(&error)) return DatabaseFault::Removed;
    const auto* known = dynamic_cast<const SQLite::Exception*>(&error);
    if (!known) return DatabaseFault::Disk;
    switch (known->getErrorCode() & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return DatabaseFault::Busy;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return DatabaseFault::Damaged;
        default:
            return DatabaseFault::Disk;
    }
}

std::string reasonOf(const std::exception& error, const std::string& path)
{
    std::string reason = error.what();
    struct statvfs disk {};
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos || statvfs(path.substr(0, slash + 1).c_str(), &disk) != 0) return reason;
    if ((disk.f_flag & ST_RDONLY) != 0) return reason + " (the disk is mounted read-only)";
    if (disk.f_bavail == 0) return reason + " (no space is left on the disk)";
    return reason;
}

std::unique_ptr<SQLite::Database> openToWrite(const std::string& path, int version,
                                              const std::function<void(SQLite::Database&)>& makeSchema)
{
    makePrivate(path);
    auto database = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMs);
    const int found = versionOf(*database, version);
    if (sqlite3_db_readonly(database->getHandle(), "main") == 1)
        throw SQLite::Exception("it is read-only", SQLITE_READONLY);
    if (found == version) return database;
    database->exec("PRAGMA journal_mode=WAL");
    SQLite::Transaction transaction(*database);
    makeSchema(*database);
    database->exec("PRAGMA user_version=" + std::to_string(version));
    transaction.commit();
    return database;
}

std::unique_ptr<SQLite::Database> openToRead(const std::string& path, int version)
{
    const auto tried = [version](const std::string& name) {
        auto database = std::make_unique<SQLite::Database>(name, SQLite::OPEN_READONLY | SQLite::OPEN_URI, kBusyMs);
        if (versionOf(*database, version) != version) throw SQLite::Exception("it is empty", SQLITE_CANTOPEN);
        return database;
    };
    try {
        return tried(path);
    } catch (const std::exception&) {
        // Without a place for its -shm, a file in WAL mode can only be read as one that nobody changes.
        return tried("file:" + uriPath(path) + "?immutable=1");
    }
}

void requireInPlace(SQLite::Database& database)
{
    int moved = 0;
    if (sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0)
        throw FileRemoved();
}

std::string setAside(const std::string& path)
{
    for (int number = 1; number < 1000; ++number) {
        const std::string aside = path + ".damaged-" + std::to_string(number);
        if (isThere(aside)) continue;
        if (std::rename(path.c_str(), aside.c_str()) != 0) return {};
        for (const char* end : {"-wal", "-shm"}) (void)std::rename((path + end).c_str(), (aside + end).c_str());
        return aside;
    }
    return {};
}

}  // namespace millrace::telemetry
