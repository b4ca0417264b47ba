// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

/// Ends a switch over an enum of control.proto without `default`, so that the compiler reports missing values:
///
///     switch (phase) {
///         case control::CONNECTION_PHASE_IDLE:
///             return tr("idle");
///         …
///         MILLRACE_NEWER_VALUES(ConnectionPhase);
///     }
///     return unknownText(phase);                               // unspecified, or a value of a newer engine
#define MILLRACE_NEWER_VALUES(Enum)                                  \
    case millrace::control::v1::Enum##_INT_MIN_SENTINEL_DO_NOT_USE_: \
    case millrace::control::v1::Enum##_INT_MAX_SENTINEL_DO_NOT_USE_: \
        break

namespace millrace::desktop::format {

/// The text for a value without a name: "Unknown (7)" for one of a newer engine, "–" for an unspecified one.
QString unknownText(int number);

}  // namespace millrace::desktop::format
