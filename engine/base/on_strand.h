// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"

#include <boost/asio/io_context.hpp>

namespace millrace {

/// The executor that owns the engine's state: an io_context that is run by a single thread, and therefore a strand
/// (engine/docs/adr/0001-one-strand.md).
using Strand = boost::asio::io_context::executor_type;

}  // namespace millrace

/// Aborts in debug builds unless called on the strand; nothing in release builds.
#ifdef NDEBUG
#define MR_ON_STRAND(strand) static_cast<void>(0)
#else
#define MR_ON_STRAND(strand) MR_CHECK((strand).running_in_this_thread())
#endif
