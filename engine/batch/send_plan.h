// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace millrace::batch {

/// What may have caused a backend to refuse several members together.
enum class Blame {
    Member,    ///< a judgement on their content or size: one member, or their number
    Unclear,   ///< it failed while it worked on them: one member, or the backend
    Backend,   ///< it is busy, or broke the connection: the backend, unless a member makes it crash
    Everyone,  ///< each alone would get the same answer, or must not be sent again
};
/// `http`: status of the answer that contained the refusal; 0: there was no answer. `repeatable`: the request may be
/// executed twice. A refusal with Retry-After is Everyone.
Blame blameOf(const Status& why, unsigned http, bool repeatable);

/// Divides a batch into the parts that are sent, so that merging does not change any member's outcome: first the whole;
/// if it is refused, or its answer cannot be divided, halves, until the members at fault are alone. Once it is clear
/// that no answer of the model can be divided, the members are sent one by one.
///
/// | refusal  | such as                                 | then                                                    |
/// |----------|-----------------------------------------|---------------------------------------------------------|
/// | Member   | 400, 403, 413, 422, InvalidArgument     | halves; when given up, each alone                       |
/// | Unclear  | 500, Internal                           | halves; when given up, each alone while retries are left |
/// | Backend  | 429, 502, 503, 529, a broken connection | halves, while retries are left                          |
/// | Everyone | 401, 404, 501, not sent, Retry-After    | nothing: this is the answer for all                     |
///
/// Halving is given up when hopeMax(members) calls in a row have served no member. Once a member was served, the
/// backend works, and it takes `members` further calls. The smallest and the largest part are sent alternately, so that
/// members at fault, scattered or adjacent, do not exhaust the calls before a faultless one is served. Members that are
/// given up get the last refusal of a part that contained them.
///
///     SendPlan plan(members.size());
///     while (auto part = plan.next(takesOneRetry)) {
///         // send the members from part->from to part->to - 1; then one of
///         plan.answered(waited, rows);
///         plan.refused(waited, rows, why, blameOf(why, http, repeatable));
///     }
///
/// Pure. Bound: Member: 2 · members calls, and members + hopeMax + 1 when nobody is served. Unclear: 2 · members,
/// hopeMax + 1 and what the retry budget gives when nobody is served. Backend: one call and what the budget gives.
class SendPlan {
public:
    /// Members from … to-1.
    struct Part {
        std::size_t from;
        std::size_t to;
        friend bool operator==(const Part&, const Part&) = default;
    };
    /// What a refusal means.
    enum class Outcome {
        Again,    ///< the part is sent again, divided
        ForPart,  ///< the answer for the part's only member
        ForAll,   ///< the answer for all members without one; nothing more is sent
    };
    /// The rows that the backend accepts at once, as far as the parts have shown.
    struct RowLimit {
        std::uint32_t taken;
        std::uint32_t refused;
        bool sure;  ///< it refused them by a judgement, and did not just fail
        friend bool operator==(const RowLimit&, const RowLimit&) = default;
    };

    explicit SendPlan(std::size_t members) : members_(members), waiting_{{{0, members}, Blame::Member}} {}

    /// The part to send now; empty: done. Report its result by one of the methods below, or not at all when none of its
    /// members still waits. `retry`: takes one call out of the retry budget; false: the budget is used up.
    std::optional<Part> next(const std::function<bool()>& retry);
    void answered(std::size_t members, std::uint32_t rows);
    /// `members`: those of the part that still waited.
    Outcome refused(std::size_t members, std::uint32_t rows, Status why, Blame blame);
    /// The answer to several members cannot be divided. `permanent`: this holds for every answer of the model;
    /// otherwise one member may have caused it.
    void indivisible(bool permanent);

    const Status& refusal() const { return refusal_; }  ///< the latest of several together; OK: none
    bool gaveUp() const { return gaveUp_; }             ///< parts were not sent again because no retries were left
    /// No answer to several members could be divided, often enough to conclude that none can.
    bool oneByOne() const { return indivisible_ >= kIndivisibleMax; }
    /// Set if the members were refused together and served in parts, so that only the number of rows was at fault.
    std::optional<RowLimit> rowLimit() const;

    /// Calls in a row that may serve no member before halving is given up.
    static std::size_t hopeMax(std::size_t members);

private:
    struct Waiting {
        Part part;
        Blame blame;  ///< for which it is sent again
    };
    std::size_t pick() const;
    void cut(std::size_t pieces, Blame blame);

    std::size_t members_;
    std::vector<Waiting> waiting_;
    Part sent_{};
    std::size_t inVain_ = 0;                             ///< calls since one served somebody
    static constexpr std::uint32_t kIndivisibleMax = 3;  ///< the whole, and both of its halves
    std::uint32_t indivisible_ = 0;                      ///< answers to several, before one could be divided
    bool divided_ = false;                               ///< an answer to several could be
    bool served_ = false;
    Status refusal_;
    std::uint32_t refusedRows_ = 0;  ///< of the smallest part that was refused; 0: none
    std::uint32_t takenRows_ = 0;    ///< of the largest part that was taken after that
    bool sure_ = true;               ///< all refusals were judgements
    bool faults_ = false;
    bool gaveUp_ = false;
};

}  // namespace millrace::batch
