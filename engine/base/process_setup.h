// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace millrace {

/// What a program that serves sockets asks of the kernel at its start.
///
/// Thread: that of main().

/// Raises the soft limit of open files to the hard one (each connection is a file), and has the kernel make its table
/// of them large enough for `files` now. It doubles a full table in the middle of an accept() or a socket() otherwise,
/// and in a process of several threads it waits there until every core has released the old one: 7 to 14 ms in which
/// the loop stands still, measured on 2 cores. To be called before threads are started: one of them makes this call
/// wait.
///
/// Returns what the table holds, at most the hard limit.
std::uint32_t makeRoomForFiles(std::uint32_t files);

/// Asks the scheduler to run the calling thread in short slices: one that works for some microseconds at a time then
/// goes ahead of those that compute, and is not interrupted by whom it wakes (adr/0014). Threads and processes that it
/// starts have the usual slices.
///
/// Returns false where the kernel does not know it (Linux before 6.12): it schedules as ever, then.
bool askForShortSlices();

/// Of the calling thread; 0: the kernel does not say it.
std::uint64_t schedulingSliceNs();

}  // namespace millrace
