// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/lowered_thread.h"

#include <chrono>
#include <future>
#include <linux/ioprio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace millrace::runtime {

namespace {

constexpr int kLowered = 10;  // about a tenth of the CPU time beside a run on the same core
constexpr auto kLookEvery = std::chrono::milliseconds(100);

/// For a thread by its id; 0: the calling one. Failures are ignored.
void setPriority(int thread, int nice, int disk)
{
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), nice);
    ::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, thread, disk);
}

}  // namespace

void runLowered(const std::function<void()>& work, const std::atomic<bool>& urgent)
{
    std::promise<int> number;
    std::promise<void> ended;
    const std::future<void> done = ended.get_future();
    std::thread thread([&] {
        ::prctl(PR_SET_NAME, "preload", 0UL, 0UL, 0UL);
        setPriority(0, kLowered, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7));
        number.set_value(static_cast<int>(::syscall(SYS_gettid)));
        work();
        ended.set_value();
    });
    const int id = number.get_future().get();
    bool raised = false;
    while (done.wait_for(kLookEvery) != std::future_status::ready) {
        if (raised || !urgent) continue;
        raised = true;
        setPriority(id, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
    }
    thread.join();
}

}  // namespace millrace::runtime
