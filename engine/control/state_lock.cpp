// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/state_lock.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace millrace::control {

namespace {

namespace json = boost::json;

constexpr Duration kLookEvery = 50ms;

/// What an engine has noted in its lock.
struct Holder {
    std::int64_t pid = 0;              ///< 0: not known
    std::optional<TimePoint> drained;  ///< it is stopping
};

std::string noteText(std::optional<TimePoint> drained)
{
    json::object note{{"pid", static_cast<std::int64_t>(::getpid())}};
    // The steady clock is the same in all processes of a machine, until it is started anew, which ends them all.
    if (drained)
        note["drained_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(drained->time_since_epoch()).count();
    return json::serialize(note);
}

Holder holderOf(const std::string& path)
{
    boost::system::error_code error;
    const json::value note = json::parse(FileLock::noteOf(path), error);
    Holder holder;
    if (error || !note.is_object()) return holder;
    const auto number = [&](const char* name) -> std::optional<std::int64_t> {
        const json::value* found = note.as_object().if_contains(name);
        return found && found->is_int64() ? std::optional(found->as_int64()) : std::nullopt;
    };
    holder.pid = number("pid").value_or(0);
    if (const auto drained = number("drained_ms"); drained && *drained > 0)
        holder.drained = TimePoint(std::chrono::milliseconds(*drained));
    return holder;
}

std::string nameOf(const Holder& holder)
{
    return holder.pid > 0 ? "engine (pid " + std::to_string(holder.pid) + ")" : "engine";
}

std::int64_t wholeSeconds(Duration span)
{
    return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(span).count());
}

Status unreadable(const std::string& path, const std::string& why)
{
    return unavailable(path + " cannot be read (" + why +
                       "), so that the settings in it are not known; let this user read it, or give --state-dir "
                       "another folder");
}

}  // namespace

/// Makes the folder where it is missing. OK as well where it cannot be made.
Status StateLock::prepare(const std::string& folder)
{
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0 && errno == ENOENT) {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error == std::errc::not_a_directory || error == std::errc::file_exists ||
            error == std::errc::filename_too_long || error == std::errc::too_many_symbolic_link_levels)
            return unavailable("the state folder " + folder + " cannot be made: " + error.message());
        if (!error) (void)::chmod(folder.c_str(), 0700);
        return absl::OkStatus();
    }
    if (::stat(folder.c_str(), &info) != 0) return unreadable("the state folder " + folder, std::strerror(errno));
    if (!S_ISDIR(info.st_mode)) return unavailable("the state folder " + folder + " is not a folder");
    if (::access(folder.c_str(), R_OK | X_OK) != 0)
        return unreadable("the state folder " + folder, std::strerror(errno));
    // One of an engine's own is its owner's alone; one that holds other things keeps its mode.
    std::error_code ignored;
    struct stat lock {};
    const bool ours = ::lstat((folder + "/lock").c_str(), &lock) == 0 || std::filesystem::is_empty(folder, ignored);
    if (ours && info.st_uid == ::geteuid() && (info.st_mode & 077) != 0 && (info.st_mode & S_ISVTX) == 0)
        (void)::chmod(folder.c_str(), 0700);
    return absl::OkStatus();
}

Status StateLock::takeOnce(const std::string& folder)
{
    lock_ = FileLock::tryTake(folder + "/lock");
    if (lock_.held()) {
        note_ = noteText(std::nullopt);
        lock_.setNote(note_);
        return absl::OkStatus();
    }
    struct stat info {};
    if (lock_.isHeldElsewhere() || ::lstat(lock_.path().c_str(), &info) != 0) return absl::OkStatus();
    return unavailable(lock_.path() + " cannot be opened (" + std::strerror(lock_.error()) +
                       "), so that it is not known whether another engine uses the state folder; let this user write "
                       "it, or give --state-dir another folder");
}

StatusOr<StateLock> StateLock::take(const std::string& folder, const std::function<void(const std::string&)>& notify)
{
    if (const Status prepared = prepare(folder); !prepared.ok()) return prepared;
    StateLock taken;
    const TimePoint began = std::chrono::steady_clock::now();
    TimePoint notifyAt = began;
    for (;;) {
        if (const Status status = taken.takeOnce(folder); !status.ok()) return status;
        if (!taken.lock_.isHeldElsewhere()) return taken;
        const TimePoint now = std::chrono::steady_clock::now();
        const Holder holder = holderOf(taken.lock_.path());
        if (!holder.drained)
            return unavailable("another " + nameOf(holder) + " uses the state folder " + folder +
                               "; stop it, or give --state-dir another one");
        const TimePoint last = std::min(*holder.drained, began + kStopMax) + kAfterDrain;
        if (now >= last)
            return unavailable("the " + nameOf(holder) + " that uses the state folder " + folder + " was to stop " +
                               std::to_string(wholeSeconds(now - *holder.drained)) +
                               " s ago and has not; end it, or give --state-dir another one");
        if (notify && now >= notifyAt) {
            const auto left = wholeSeconds(*holder.drained - now);
            notify(
                "the " + nameOf(holder) + " is stopping; " +
                (left > 0 ? "up to " + std::to_string(left) + " s left for its requests" : "its requests have ended"));
            notifyAt = now + kNotifyEvery;
        }
        std::this_thread::sleep_for(kLookEvery);
    }
}

Status StateLock::renew(const std::string& folder)
{
    if (const Status prepared = prepare(folder); !prepared.ok()) return prepared;
    if (!lock_.renew())
        return unavailable("another " + nameOf(holderOf(lock_.path())) + " uses the state folder " + folder + " now");
    lock_.setNote(note_);
    return absl::OkStatus();
}

void StateLock::noteStopping(TimePoint drained)
{
    note_ = noteText(drained);
    lock_.setNote(note_);
}

}  // namespace millrace::control
