// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"

#include <boost/asio/io_context.hpp>

namespace millrace {

/// The executor that owns the engine's state: one io_context, run by one thread, which makes it a strand.
using Strand = boost::asio::io_context::executor_type;

}  // namespace millrace

/// Proves in debug builds that the caller runs where the state is owned.
#ifdef NDEBUG
#define MR_ON_STRAND(strand) static_cast<void>(0)
#else
#define MR_ON_STRAND(strand) MR_CHECK((strand).running_in_this_thread())
#endif
