// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QString>

namespace millrace::desktop {

/// Who made a revision, as people read it.
QString authorWord(control::Author author);

}  // namespace millrace::desktop
