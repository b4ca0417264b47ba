// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QStringView>

namespace millrace::desktop::format {

/// Names as people order them: without regard to case, and numbers within them by their value: "model-2" before
/// "model-10". Negative, zero or positive; zero only for names that are equal but for case and leading zeros.
int compareNatural(QStringView a, QStringView b);

}  // namespace millrace::desktop::format
