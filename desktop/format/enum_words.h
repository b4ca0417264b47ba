// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

/// Ends a switch over an enum of control.proto that has no `default`, so that the compiler names the value that is
/// missing. What comes out of such a switch is unspecified, or a number that only a newer engine knows.
#define MILLRACE_NEWER_VALUES(Enum)                                  \
    case millrace::control::v1::Enum##_INT_MIN_SENTINEL_DO_NOT_USE_: \
    case millrace::control::v1::Enum##_INT_MAX_SENTINEL_DO_NOT_USE_: \
        break

namespace millrace::desktop::format {

/// What stands for a value that has no word here: "Unknown (7)" for a number of a newer engine, "–" for one that the
/// engine did not say.
QString unknownText(int number);

}  // namespace millrace::desktop::format
