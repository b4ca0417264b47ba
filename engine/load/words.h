// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Words of decisions about models.
namespace millrace::load::words {

inline constexpr const char* kThen = " → ";  ///< between models that follow each other

}  // namespace millrace::load::words
