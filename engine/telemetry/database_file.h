// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

/// Opens the SQLite files of the state folder: with mode 0600, without any write unless necessary, read-only where
/// writing is not possible, and without ever discarding a file that is merely busy.
///
///     try {
///         database = openToWrite(path, kVersion, makeSchema);
///     } catch (const std::exception& error) {
///         if (faultOf(error) == DatabaseFault::Damaged) setAside(path);   // then retry; otherwise report reasonOf()
///     }
///
/// Thread: any. Errors: exceptions, since SQLiteCpp throws; faultOf() classifies them.
namespace millrace::telemetry {

/// The file has a schema of a newer version, and must not be touched.
class NewerVersion : public std::runtime_error {
public:
    NewerVersion() : std::runtime_error("it was written by a newer version of the engine") {}
};

/// The file was removed, renamed or replaced while it was open.
class FileRemoved : public std::runtime_error {
public:
    FileRemoved() : std::runtime_error("the file was removed or replaced while it was in use") {}
};

enum class DatabaseFault {
    Busy,     ///< locked by another process: retry
    Damaged,  ///< not a database, or corrupt: setAside()
    Newer,    ///< of a newer version: do not touch
    Removed,  ///< what is written would be lost with the file: open it anew
    Disk,     ///< full, read-only, failing, no permission: openToRead(), retry later
};
DatabaseFault faultOf(const std::exception& error);
/// The exception's message, and the state of the disk: SQLite sometimes reports a full one as "disk I/O error".
std::string reasonOf(const std::exception& error, const std::string& path);

/// Opens or creates a database. `makeSchema` runs in a transaction of a file without a schema; a file of `version` is
/// opened without a write, so that this works on a full disk. The -wal and -shm files have mode 0600, too. Throws if
/// the file cannot be written.
std::unique_ptr<SQLite::Database> openToWrite(const std::string& path, int version,
                                              const std::function<void(SQLite::Database&)>& makeSchema);
/// Opens an existing database where nothing can be written, not even a lock file. Throws as above.
std::unique_ptr<SQLite::Database> openToRead(const std::string& path, int version);

/// Throws FileRemoved where writes would go to a file that has no name any more, or another one. SQLite does not
/// notice.
void requireInPlace(SQLite::Database& database);

/// Renames the file with its -wal and -shm to path.damaged-1, or the next free number. Returns the new name; empty:
/// failed.
std::string setAside(const std::string& path);

}  // namespace millrace::telemetry
