// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/shared_text.h"
#include "front/front.h"
#include "front/routes.h"

#include <cstdint>
#include <memory>
#include <string>

namespace millrace::front {

/// The client of a connection, and a cache of what was derived from its previous request, which the next one mostly
/// repeats.
struct HttpPeer {
    std::string address;
    std::uint16_t port = 0;

    std::string routedMethod, routedPath;
    Route routed;
    SharedText routeLabel;  ///< of `routed`
    std::string agent;
    SharedText client, program;
    std::string hostSeen;
    std::shared_ptr<const Options> hostSeenUnder;
};

}  // namespace millrace::front
