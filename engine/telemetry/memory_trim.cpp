// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/memory_trim.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <link.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

/// jemalloc's, where it is linked.
extern "C" __attribute__((weak)) int mallctl(const char* name, void* old, std::size_t* oldSize, void* fresh,
                                             std::size_t freshSize);

namespace millrace::telemetry {

namespace {

void flushThreadCache()
{
    if (mallctl != nullptr) mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
}

/// Of the whole process; none: the allocator is not jemalloc, or has no more.
std::optional<unsigned> lastingArena()
{
    static const auto made = []() -> std::optional<unsigned> {
        unsigned arena = 0;
        std::size_t size = sizeof arena;
        if (mallctl == nullptr || mallctl("arenas.create", &arena, &size, nullptr, 0) != 0) return std::nullopt;
        return arena;
    }();
    return made;
}

/// Of the calling thread; the one before.
std::optional<unsigned> changeArena(unsigned arena)
{
    unsigned before = 0;
    std::size_t size = sizeof before;
    if (mallctl("thread.arena", &before, &size, &arena, sizeof arena) != 0) return std::nullopt;
    return before;
}

bool isTraced()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("TracerPid:")) return line.find_first_not_of(" \t0", 10) != std::string::npos;
    return true;
}

/// Segments that were never writable are as they are in their file. (What the dynamic linker has filled in and then
/// protected is part of a writable one.)
int releaseConstantSegments(dl_phdr_info* object, std::size_t, void* pageSize)
{
    const auto page = *static_cast<const std::uintptr_t*>(pageSize);
    for (std::size_t i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
        const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
        ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

bool MemoryTrim::look(TimePoint now, double residentBytes, std::uint64_t activity, bool busy)
{
    if (!activeAt_) {
        activeAt_ = now;
        activity_ = activity;
    }
    if (busy || activity != activity_) {
        activity_ = activity;
        activeAt_ = now;
        return false;
    }
    if (trimmedAt_ && now - *trimmedAt_ <= kSettle) {
        floor_ = std::max(floor_, residentBytes);
        return false;
    }
    const bool first = !trimmedAt_ && activity == 0;
    if (now - *activeAt_ < (first ? kAfterStart : kQuiet)) return false;
    if (residentBytes < floor_ + kWorthBytes) return false;
    trimmedAt_ = now;
    floor_ = 0;
    return true;
}

// What the thread's cache holds is of the arena before: it is flushed on both ways.

LastingMemory::LastingMemory()
{
    const auto arena = lastingArena();
    if (!arena) return;
    flushThreadCache();
    before_ = changeArena(*arena);
}

LastingMemory::~LastingMemory()
{
    if (!before_) return;
    flushThreadCache();
    changeArena(*before_);
}

void prepareRecordingThread()
{
    bool enabled = false;
    if (mallctl != nullptr) mallctl("thread.tcache.enabled", nullptr, nullptr, &enabled, sizeof enabled);
    if (const auto arena = lastingArena()) changeArena(*arena);
}

void releaseUnusedMemory()
{
    flushThreadCache();
    if (isTraced()) return;
    auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    dl_iterate_phdr(&releaseConstantSegments, &page);
}

}  // namespace millrace::telemetry
