// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/enum_words.h"

#include "format/numbers.h"

#include <QtCore/QCoreApplication>

namespace millrace::desktop::format {

QString unknownText(int number)
{
    return number == 0 ? kNone : QCoreApplication::translate("Format", "Unknown (%1)").arg(number);
}

}  // namespace millrace::desktop::format
