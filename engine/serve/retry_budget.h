// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/retry_budget.h"

namespace millrace::serve {

using millrace::RetryBudget;

}  // namespace millrace::serve
