// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QStringView>

namespace millrace::desktop::format {

/// Natural order of names: ignoring case, and numbers by value, so that "model-2" precedes "model-10". Returns a
/// negative, zero or positive number; zero only for names that differ at most in case and leading zeros. Pure.
int compareNatural(QStringView a, QStringView b);

}  // namespace millrace::desktop::format
