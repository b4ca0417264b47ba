// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace millrace::batch {

/// In which parts a batch goes to its backend. It goes whole; refused for what may be one member's fault, in halves,
/// until those at fault are alone; where an answer cannot be divided, one by one.
///
/// Pure. Bound: two parts wait for each halving, or one for each member.
class SendPlan {
public:
    /// Members from … to-1.
    struct Part {
        std::size_t from;
        std::size_t to;
        friend bool operator==(const Part&, const Part&) = default;
    };
    /// What the parts told about the rows that the backend takes at once.
    struct RowLimit {
        std::uint32_t taken;
        std::uint32_t refused;
        friend bool operator==(const RowLimit&, const RowLimit&) = default;
    };

    explicit SendPlan(std::size_t members) : waiting_{{0, members}} {}

    /// What to send now; empty: all is done. Then one of these, or nothing when none of its members waits any more.
    std::optional<Part> next();
    void answered(std::uint32_t rows);
    void refused(std::uint32_t rows, Status why);  ///< more than one member: the part goes in halves
    void indivisible();                            ///< more than one member: the part goes one by one
    void ownFault();                               ///< one member, refused for what it holds
    void failed();                                 ///< the backend's fault: nothing more goes

    const Status& refusal() const { return refusal_; }  ///< the latest; OK: none
    /// Refused together, taken apart, nobody at fault: the backend does not take so many rows. Empty: it is not that.
    std::optional<RowLimit> rowLimit() const;

private:
    void cut(std::size_t pieces);

    std::vector<Part> waiting_;  ///< the next is the last
    Part sent_{};
    Status refusal_;
    std::uint32_t refusedRows_ = 0;  ///< of the smallest part that was refused; 0: none
    std::uint32_t takenRows_ = 0;    ///< of the largest part that was taken after that
    bool faults_ = false;
};

}  // namespace millrace::batch
