// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/state_file.h"

#include <boost/json.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace millrace::load {
namespace {

namespace json = boost::json;
constexpr int kVersion = 1;
constexpr std::size_t kLoggedBytes = 40;  // of text, usually

json::array moments(const EtaModel::Moments& of)
{
    return {of.count, of.mean, of.m2};
}

EtaModel::Moments moments(const json::value& of)
{
    const json::array& parts = of.as_array();
    EtaModel::Moments read;
    read.count = parts.at(0).to_number<double>();
    read.mean = parts.at(1).to_number<double>();
    read.m2 = parts.at(2).to_number<double>();
    return read;
}

Status failed(const std::string& doing)
{
    return unavailable(doing + ": " + std::strerror(errno));
}

}  // namespace

std::string toJson(const LoadState& state)
{
    json::object root;
    root["version"] = kVersion;
    root["models"] = json::value_from(state.models);
    root["programs"] = json::value_from(state.programs);
    json::object times, kinds, footprints;
    for (const auto& [model, of] : state.times) times[model] = moments(of);
    for (const auto& [kind, of] : state.kindTimes) kinds[backend::nameOf(kind)] = moments(of);
    for (const auto& [key, bytes] : state.footprints) footprints[key] = bytes;
    root["load_ms"] = std::move(times);
    root["load_ms_by_kind"] = std::move(kinds);
    root["footprint_bytes"] = std::move(footprints);
    root["pins"] = json::value_from(state.pins);
    json::object ttls;
    json::array neverPreloaded;
    for (const auto& [model, policy] : state.policies) {
        if (policy.idleTtl) ttls[model] = toMs(*policy.idleTtl);
        if (!policy.preload) neverPreloaded.push_back(json::string(model));
    }
    root["idle_ttl_ms"] = std::move(ttls);
    root["never_preloaded"] = std::move(neverPreloaded);
    root["preload_threshold"] = state.threshold;
    // The log is thousands of short arrays; as a document it would take ten times its text, once a second.
    std::string text = json::serialize(root);
    text.reserve(text.size() + 16 + state.log.size() * kLoggedBytes);
    text.pop_back();
    text += ",\"log\":[";
    const auto put = [&text](auto number, char after) {
        std::array<char, 32> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        text.append(digits.data(), static_cast<std::size_t>(end - digits.data())) += after;
    };
    for (std::size_t index = 0; index < state.log.size(); ++index) {
        const Predictor::Logged& logged = state.log[index];
        text += index > 0 ? ",[" : "[";
        put(logged.model, ',');
        put(logged.program, ',');
        put(logged.client, ',');
        put(std::isfinite(logged.gapMs) ? logged.gapMs : 0.0, ']');
    }
    return text += "]}";
}

StatusOr<LoadState> fromJson(const std::string& text)
{
    boost::system::error_code ec;
    const json::value parsed = json::parse(text, ec);
    if (ec || !parsed.is_object()) return invalidArgument("not a state file of the loader: " + ec.message());
    LoadState state;
    try {
        const json::object& root = parsed.as_object();
        if (root.at("version").to_number<int>() != kVersion) return invalidArgument("state file of another version");
        state.models = json::value_to<std::vector<std::string>>(root.at("models"));
        state.programs = json::value_to<std::vector<std::string>>(root.at("programs"));
        for (const json::value& entry : root.at("log").as_array()) {
            const json::array& parts = entry.as_array();
            state.log.push_back({parts.at(0).to_number<Symbol>(), parts.at(1).to_number<std::uint32_t>(),
                                 parts.at(2).to_number<std::uint64_t>(), parts.at(3).to_number<double>()});
        }
        for (const auto& entry : root.at("load_ms").as_object()) state.times[entry.key()] = moments(entry.value());
        for (const auto& entry : root.at("load_ms_by_kind").as_object())
            state.kindTimes[backend::modelKind({entry.key().data(), entry.key().size()})] = moments(entry.value());
        for (const auto& entry : root.at("footprint_bytes").as_object())
            state.footprints[entry.key()] = entry.value().to_number<std::uint64_t>();
        state.pins = json::value_to<std::vector<std::string>>(root.at("pins"));
        // Younger than the version: a file without them is as good.
        if (const auto* ttls = root.if_contains("idle_ttl_ms"))
            for (const auto& entry : ttls->as_object())
                state.policies[entry.key()].idleTtl = fromMs(entry.value().to_number<double>());
        if (const auto* models = root.if_contains("never_preloaded"))
            for (const json::value& entry : models->as_array())
                state.policies[std::string(entry.as_string())].preload = false;
        state.threshold = root.at("preload_threshold").to_number<double>();
    } catch (const std::exception& error) {
        return invalidArgument(std::string("not a state file of the loader: ") + error.what());
    }
    return state;
}

StateFile::StateFile(std::string path, std::function<void(const Status&)> written)
    : path_(std::move(path)), written_(std::move(written)), thread_([this] { run(); })
{}

StateFile::~StateFile()
{
    {
        const MutexLock lock(mutex_);
        stop_ = true;
    }
    wake_.notifyOne();
    thread_.join();
}

StatusOr<LoadState> StateFile::read() const
{
    const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) return notFound("no state in " + path_);
    if (file < 0) return failed("opening " + path_);
    (void)::fchmod(file, 0600);
    std::string text;
    std::array<char, 65536> part;
    for (;;) {
        const ssize_t count = ::read(file, part.data(), part.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            Status status = failed("reading " + path_);
            ::close(file);
            return status;
        }
        if (count == 0) break;
        text.append(part.data(), static_cast<std::size_t>(count));
    }
    ::close(file);
    return fromJson(text);
}

std::string StateFile::setAside() const
{
    for (int number = 1; number < 1000; ++number) {
        std::string aside = path_ + ".damaged-" + std::to_string(number);
        struct stat info {};
        if (::lstat(aside.c_str(), &info) == 0) continue;
        return std::rename(path_.c_str(), aside.c_str()) == 0 ? aside : std::string();
    }
    return {};
}

void StateFile::write(LoadState state)
{
    auto waiting = std::make_unique<LoadState>(std::move(state));
    {
        const MutexLock lock(mutex_);
        waiting_ = std::move(waiting);
    }
    wake_.notifyOne();
}

void StateFile::run()
{
    MutexLock lock(mutex_);
    std::unique_ptr<LoadState> again;  // could not be written
    for (;;) {
        const auto retryAt = std::chrono::steady_clock::now() + kRetry;
        while (!stop_ && !waiting_) {
            if (!again)
                wake_.wait(mutex_);
            else if (!wake_.waitUntil(mutex_, retryAt))
                break;
        }
        const bool stopping = stop_;
        auto state = waiting_ ? std::move(waiting_) : std::move(again);
        again.reset();
        if (!state) return;
        lock.unlock();
        const Status status = replace(path_, toJson(*state));
        if (written_) written_(status);
        lock.lock();
        if (!status.ok() && !stopping) again = std::move(state);
    }
}

Status StateFile::replace(const std::string& path, const std::string& text)
{
    std::error_code ignored;
    const std::filesystem::path target(path);
    if (target.has_parent_path()) std::filesystem::create_directories(target.parent_path(), ignored);
    const std::string beside = path + ".new";
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return failed("creating " + beside);
    const auto giveUp = [&beside](Status status) {
        ::unlink(beside.c_str());  // half a file takes space that is needed
        return status;
    };
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t count = ::write(file, text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            Status status = failed("writing " + beside);
            ::close(file);
            return giveUp(std::move(status));
        }
        written += static_cast<std::size_t>(count);
    }
    const bool synced = ::fsync(file) == 0;
    if (::close(file) != 0 || !synced) return giveUp(failed("writing " + beside));
    if (std::rename(beside.c_str(), path.c_str()) != 0) return giveUp(failed("replacing " + path));
    return absl::OkStatus();
}

}  // namespace millrace::load
