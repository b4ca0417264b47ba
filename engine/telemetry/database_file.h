// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

/// How the SQLite files of the state folder are opened: private to their owner, written to only when there is something
/// to write, read where nothing can be written, and never thrown away for being busy.
///
///     try {
///         database = openToWrite(path, kVersion, makeSchema);
///     } catch (const std::exception& error) {
///         if (faultOf(error) == DatabaseFault::Damaged) setAside(path);   // and once more; else say reasonOf()
///     }
///
/// Thread: any. Errors: exceptions; faultOf() says what they ask for.
namespace millrace::telemetry {

/// A file that this version must leave alone.
class NewerVersion : public std::runtime_error {
public:
    NewerVersion() : std::runtime_error("it was written by a newer version of the engine") {}
};

enum class DatabaseFault {
    Busy,     ///< somebody else holds it: wait, or try again
    Damaged,  ///< no database, or a broken one: setAside()
    Newer,    ///< leave it alone
    Disk,     ///< full, read-only, failing, not permitted: read what is there, try again
};
DatabaseFault faultOf(const std::exception& error);
/// What the exception says, and what the disk says to that: SQLite calls a full one "disk I/O error" at times.
std::string reasonOf(const std::exception& error, const std::string& path);

/// Made when missing. `makeSchema` runs in a separate transaction, only when the file has no schema yet; one of
/// `version` is opened without a single write, so that a full disk does not matter. Modes: 0600, of its -wal and -shm
/// too. Throws what faultOf() knows, also when the file can only be read.
std::unique_ptr<SQLite::Database> openToWrite(const std::string& path, int version,
                                              const std::function<void(SQLite::Database&)>& makeSchema);
/// What is there, where nothing can be written, not even a lock.
std::unique_ptr<SQLite::Database> openToRead(const std::string& path, int version);

/// Renames the file, and what belongs to it, to path.damaged-1 or the next free number. The name; empty: not possible.
std::string setAside(const std::string& path);

}  // namespace millrace::telemetry
