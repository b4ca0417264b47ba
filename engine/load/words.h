// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Fragments of the messages about models.
namespace millrace::load::words {

inline constexpr const char* kThen = " → ";  ///< between models that follow each other

}  // namespace millrace::load::words
