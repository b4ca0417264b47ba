// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/model_state.h"

#include "base/check.h"

#include <algorithm>
#include <string>

namespace millrace::load {

bool allowed(ModelState from, ModelState to)
{
    return std::any_of(kTransitions.begin(), kTransitions.end(),
                       [&](const Transition& transition) { return transition.from == from && transition.to == to; });
}

void transition(ModelState& state, ModelState to)
{
    MR_CHECK_MSG(allowed(state, to), std::string(name(state)) + " to " + name(to));
    state = to;
}

}  // namespace millrace::load
