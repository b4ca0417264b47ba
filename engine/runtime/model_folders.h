// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/mutex.h"
#include "runtime/model_config.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace millrace::runtime {

/// The models that lie in some folders: name/config.json, name/1/model.pt. Read anew at each call, so that new folders
/// need no restart.
///
///     const ModelFolders folders({"models"});
///     if (const auto place = folders.locate("digits")) config = ModelFolders::readConfig(place->config);
///
/// Thread: any. Bound: config.json of 1 MiB. A folder whose name cannot be a model's is reported once on standard
/// error. Of two folders with the same model the first counts. Not here: what is loaded (Repository).
class ModelFolders {
public:
    /// Where a model lies.
    struct Place {
        std::filesystem::path config;
        std::filesystem::path file;
        std::string version;  ///< the newest
        std::int64_t createdS = 0;
        std::uint64_t fileBytes = 0;
        std::string fingerprint;  ///< changes with its files
    };

    explicit ModelFolders(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

    std::set<std::string> names() const;
    /// Empty: there is none of that name, or nothing may have it: a name becomes part of a path.
    std::optional<Place> locate(const std::string& name) const;
    /// Errors: NotFound, InvalidArgument.
    static StatusOr<ModelConfig> readConfig(const std::filesystem::path& file);

private:
    const std::vector<std::filesystem::path> folders_;
    mutable Mutex mutex_;
    mutable std::set<std::string> skipped_ MILLRACE_GUARDED_BY(mutex_);  // reported
};

}  // namespace millrace::runtime
