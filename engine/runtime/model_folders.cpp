// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/model_folders.h"

#include "base/number.h"
#include "base/text.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sys/stat.h>

namespace millrace::runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kConfigBytesMax = 1 << 20;
constexpr std::size_t kNameMax = 128;
constexpr std::size_t kSkippedMax = 64;

/// Names become parts of paths: rejects those that could leave the folder.
bool goodName(const std::string& name)
{
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-' || c == ':';
    };
    return !name.empty() && name.size() <= kNameMax && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), good);
}

std::optional<unsigned> versionOf(const std::string& folder)
{
    const auto version = readNumber<unsigned>(folder);
    return version == 0u ? std::nullopt : version;
}

struct FileFacts {
    std::int64_t changedS = 0;
    std::uint64_t bytes = 0;
    std::string text;
};
FileFacts factsOf(const fs::path& file)
{
    struct stat facts = {};
    if (::stat(file.c_str(), &facts) != 0) return {};
    return {facts.st_mtim.tv_sec, static_cast<std::uint64_t>(facts.st_size),
            std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec) + ":" +
                std::to_string(facts.st_size) + ":" + std::to_string(facts.st_ino) + ";"};
}

}  // namespace

std::set<std::string> ModelFolders::names() const
{
    std::set<std::string> names;
    std::error_code error;
    for (const fs::path& folder : folders_)
        for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
            std::string name = at->path().filename().string();
            if (goodName(name)) {
                names.insert(std::move(name));
                continue;
            }
            std::error_code ignored;
            if (name.starts_with('.') || !fs::is_regular_file(at->path() / "config.json", ignored)) continue;
            const MutexLock lock(mutex_);
            if (skipped_.size() >= kSkippedMax || !skipped_.insert(name).second) continue;
            std::cerr << "millrace-runtime: model folder " + quotedName(name) + " is skipped: a name has 1 to " +
                             std::to_string(kNameMax) + " letters, digits and . _ - :\n";
        }
    return names;
}

std::optional<ModelFolders::Place> ModelFolders::locate(const std::string& name) const
{
    if (!goodName(name)) return std::nullopt;
    std::error_code error;
    for (const fs::path& folder : folders_) {
        Place place;
        place.config = folder / name / "config.json";
        if (!fs::is_regular_file(place.config, error)) continue;
        unsigned newest = 0;
        for (fs::directory_iterator at(folder / name, error), end; !error && at != end; at.increment(error)) {
            const auto version = versionOf(at->path().filename().string());
            if (version && *version > newest && at->is_directory(error)) newest = *version;
        }
        place.version = std::to_string(std::max(1U, newest));
        place.file = folder / name / place.version / "model.pt";
        const FileFacts config = factsOf(place.config);
        const FileFacts file = factsOf(place.file);
        place.createdS = std::max(config.changedS, file.changedS);
        place.fileBytes = file.bytes;
        place.fingerprint = config.text + file.text;
        return place;
    }
    return std::nullopt;
}

StatusOr<ModelConfig> ModelFolders::readConfig(const fs::path& file)
{
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return notFound("config.json cannot be read: " + error.message());
    if (size > kConfigBytesMax)
        return invalidArgument("config.json has " + std::to_string(size) + " bytes, the limit is 1 MiB");
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return parseModelConfig(text);
}

}  // namespace millrace::runtime
