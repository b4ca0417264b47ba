// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.pb.h"

#include <SQLiteCpp/Database.h>

#include <deque>
#include <memory>
#include <string>

namespace millrace::control {

struct StoredRevision {
    v1::Revision revision;
    std::string configJson;
};

/// The revisions in <state-dir>/millrace.db. A revision that append() has written survives kill -9 and a power cut.
///
/// Thread: one at a time.   Bound: kRevisionsMax, older ones are forgotten.
/// Errors: a Status that names the file; nothing is half written.
class RevisionFile {
public:
    static constexpr std::size_t kRevisionsMax = 1000;

    static StatusOr<std::unique_ptr<RevisionFile>> open(const std::string& path);

    /// Oldest first.
    StatusOr<std::deque<StoredRevision>> load();
    /// What the configuration file said when it was last read; empty: never.
    StatusOr<std::string> fileSeen();
    Status setFileSeen(const std::string& json);
    Status append(const StoredRevision& stored);
    /// Figures of a revision that is there already.
    Status measure(const v1::Revision& revision);

private:
    explicit RevisionFile(const std::string& path);
    template <typename Work>
    Status guarded(Work&& work);

    std::string path_;
    SQLite::Database database_;
};

}  // namespace millrace::control
