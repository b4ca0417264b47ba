// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::bench {

/// A request of a recorded sequence.
struct Arrival {
    std::uint32_t model = 0;  ///< index into ModelSequence::models
    std::uint32_t client = 0;
    double atSeconds = 0;
};
struct ModelSequence {
    std::string name;
    std::vector<std::string> models, clients;
    std::vector<Arrival> arrivals;
    bool timed = false;  ///< else the requests follow each other at kReplayGapSeconds
    /// One client that waits for each answer: Arrival::atSeconds counts from the start of the request before.
    bool closedLoop = false;
    double holdSeconds = 0;      ///< how long a request keeps its model
    std::optional<double> best;  ///< first guesses right, for one who knows the pattern but not the noise
};

}  // namespace millrace::bench
