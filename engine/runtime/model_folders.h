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

/// The models in a list of folders: name/config.json, name/1/model.pt. Read again at each call, so that new models need
/// no restart.
///
///     const ModelFolders folders({"models"});
///     if (const auto place = folders.locate("digits")) config = ModelFolders::readConfig(place->config);
///
/// Thread: any. Bound: config.json of 1 MiB. A folder whose name is not valid for a model is reported once on stderr.
///         If two
/// folders have the same model, the first one counts. Not here: what is loaded (Repository).
class ModelFolders {
public:
    /// The files of a model.
    struct Place {
        std::filesystem::path config;
        std::filesystem::path file;
        std::string version;  ///< the newest
        std::int64_t createdS = 0;
        std::uint64_t fileBytes = 0;
        std::string fingerprint;  ///< changes whenever its files change
    };

    explicit ModelFolders(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

    std::set<std::string> names() const;
    /// Empty: unknown, or not a valid name (names become parts of paths).
    std::optional<Place> locate(const std::string& name) const;
    /// Errors: NotFound, InvalidArgument.
    static StatusOr<ModelConfig> readConfig(const std::filesystem::path& file);

private:
    const std::vector<std::filesystem::path> folders_;
    mutable Mutex mutex_;
    mutable std::set<std::string> skipped_ MILLRACE_GUARDED_BY(mutex_);  // reported
};

}  // namespace millrace::runtime
