// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/state_folder.h"

#include <utility>

namespace millrace::control {

StatusOr<std::unique_ptr<StateFolder>> StateFolder::open(std::string path,
                                                         const std::function<void(const std::string&)>& notify)
{
    auto lock = StateLock::take(path, notify);
    if (!lock.ok()) return lock.status();
    auto file = RevisionFile::open(path + "/millrace.db");
    if (!file.ok()) return file.status();
    return std::unique_ptr<StateFolder>(new StateFolder(std::move(path), *std::move(lock), *std::move(file)));
}

Status StateFolder::check(bool lost, const std::deque<StoredRevision>* restored)
{
    ours_ = lock_.renew(path_);
    if (!ours_.ok()) return ours_;
    if (restored && file_->isRemoved()) return file_->restore(*restored);
    return lost ? file_->settle() : file_->checkPlace();
}

}  // namespace millrace::control
