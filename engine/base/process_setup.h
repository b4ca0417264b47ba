// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace millrace {

/// What a program that serves sockets requests from the kernel at its start, on the thread of main().

/// Raises the soft limit of open files to the hard one, and makes the kernel size the process's file table for `files`
/// now. Otherwise a full table is doubled in the middle of an accept() or a socket(); with several threads that call
/// blocks until every core has released the old table, which stalls the event loop for 7 to 14 ms (measured on 2
/// cores). REQUIRES: called before other threads are started, since the same wait would happen here.
///
/// Returns the size of the table, at most the hard limit; 0: `files` is 0, or the kernel refused.
std::uint32_t makeRoomForFiles(std::uint32_t files);

/// Requests short time slices for the calling thread: a thread that runs for some microseconds at a time is then
/// scheduled ahead of those that compute, and is not preempted by the ones it wakes (engine/docs/adr/0014). Not
/// inherited by threads and processes that it starts.
///
/// Returns false where the kernel does not support it (Linux before 6.12); scheduling is then unchanged.
bool askForShortSlices();

/// The calling thread's slice in nanoseconds; 0: the kernel does not report it.
std::uint64_t schedulingSliceNs();

}  // namespace millrace
