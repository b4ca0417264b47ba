// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/process_setup.h"

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace millrace {

namespace {

constexpr std::uint64_t kSliceNs = 100'000;  // the shortest that Linux takes
constexpr std::uint64_t kResetOnFork = 1;    // SCHED_FLAG_RESET_ON_FORK

/// struct sched_attr of linux/sched/types.h as it was first, which cannot be included beside glibc's sched.h.
struct Attributes {
    std::uint32_t size = sizeof(Attributes);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0, deadline = 0, period = 0;
};
static_assert(sizeof(Attributes) == 48);

std::optional<Attributes> attributesOfThisThread()
{
    Attributes attributes;
    if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return std::nullopt;
    return attributes;
}

}  // namespace

std::uint32_t makeRoomForFiles(std::uint32_t files)
{
    rlimit limit = {};
    if (files == 0 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    const auto most = static_cast<std::uint32_t>(std::min<rlim_t>(files, limit.rlim_cur));
    // The table grows to hold the highest number that is in use, and never shrinks.
    const int highest = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(most) - 1);
    if (highest < 0) return 0;
    ::close(highest);
    return most;
}

bool askForShortSlices()
{
    auto attributes = attributesOfThisThread();
    if (!attributes) return false;
    attributes->flags |= kResetOnFork;
    attributes->runtime = kSliceNs;
    if (::syscall(SYS_sched_setattr, 0, &*attributes, 0) != 0) return false;
    return schedulingSliceNs() == kSliceNs;  // older kernels take it and forget it
}

std::uint64_t schedulingSliceNs()
{
    const auto attributes = attributesOfThisThread();
    return attributes ? attributes->runtime : 0;
}

}  // namespace millrace
