// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.pb.h"

#include <SQLiteCpp/Database.h>

#include <deque>
#include <exception>
#include <memory>
#include <string>

namespace millrace::control {

struct StoredRevision {
    v1::Revision revision;
    std::string configJson;
};

/// The stored revisions, in <state-dir>/millrace.db. A revision written by append() survives kill -9 and a power
/// failure.
///
/// Thread: one at a time.   Bound: kRevisionsMax; older ones are deleted.
/// Errors: a Status with the file's name; writes are atomic. A full or read-only disk is not an error of open(): what
///         exists is read, writable() says why writing fails, and each write tries again. A damaged file is set aside
///         and replaced.
class RevisionFile {
public:
    static constexpr std::size_t kRevisionsMax = 1000;

    /// Unavailable: the file exists but cannot be read, is locked, or has a newer version: starting without it would
    /// change the configuration.
    static StatusOr<std::unique_ptr<RevisionFile>> open(const std::string& path);

    /// The revisions read by open(), oldest first. REQUIRES: called once.
    std::deque<StoredRevision> takeRevisions() { return std::move(revisions_); }
    /// The configuration file as last read, stored or owed; empty: never.
    const std::string& fileSeen() const { return fileSeen_; }
    /// OK, or why the latest write failed.
    const Status& writable() const { return writable_; }
    /// The new name of a damaged file, and the damage; empty: none.
    const std::string& setAside() const { return setAside_; }
    const std::string& damage() const { return damage_; }

    Status append(const StoredRevision& stored);
    /// Keeps a revision that takes effect although it cannot be written now; it is written before the next one.
    void owe(StoredRevision stored) { owed_.push_back(std::move(stored)); }
    void oweFileSeen(std::string json)
    {
        fileSeen_ = std::move(json);
        owesSeen_ = true;
    }
    bool owes() const { return !owed_.empty() || owesSeen_; }
    /// Writes what is owed; if nothing is, tests whether writing works.
    Status settle();
    /// Updates the measurements of an existing revision.
    Status measure(const v1::Revision& revision);

    /// OK: the file is where it was opened. A removed or replaced one is not written any more, see isRemoved().
    Status checkPlace();
    bool isRemoved() const { return removed_; }
    /// Begins a removed file anew, with all revisions. Unavailable: there is another one in its place.
    Status restore(const std::deque<StoredRevision>& revisions);

private:
    explicit RevisionFile(std::string path) : path_(std::move(path)) {}
    void openNow();
    void read();
    void insert(const StoredRevision& stored);
    void payDebts();
    Status unusable(const std::exception& error) const;
    template <typename Work>
    Status write(Work&& work);
    template <typename Work>
    Status writeWithDebts(Work&& work);
    Status failed(const std::exception& error);

    const std::string path_;
    std::unique_ptr<SQLite::Database> database_;  // null: could not be opened
    Status writable_;
    std::string setAside_;
    std::string damage_;
    std::deque<StoredRevision> revisions_;
    std::string fileSeen_;
    std::deque<StoredRevision> owed_;
    bool owesSeen_ = false;  // fileSeen_
    bool removed_ = false;
};

}  // namespace millrace::control
