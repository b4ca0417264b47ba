// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/sentence.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// The parts of the forecast: each expert looks at the requests in its own way and says what comes next.
namespace millrace::load {

using Symbol = std::uint32_t;  ///< a model, in the predictor's numbering
inline constexpr Symbol kNoSymbol = ~0u;

/// Shares of the models in what comes next.  [models]  0 … 1, sum 1
using Distribution = std::vector<double>;

/// What was seen up to now, shared by the experts.
struct Sequence {
    const std::vector<std::string>* names = nullptr;  ///< by symbol
    const Distribution* shares = nullptr;             ///< recent frequency: what the experts fall back on
    Symbol last = kNoSymbol;                          ///< the newest request, and those before it
    Symbol second = kNoSymbol;
    Symbol third = kNoSymbol;
    std::uint32_t run = 0;        ///< how often `last` came in a row
    Symbol previous = kNoSymbol;  ///< what the run before was of
    Symbol earlier = kNoSymbol;   ///< and the run before that
    std::uint64_t client = 0;     ///< who sent the newest request: one connection
    std::uint64_t program = 0;    ///< what it belongs to: all connections of one program
    std::string_view clientName;  ///< of `program`; valid during learn() only
    Duration gap{};               ///< between the last two requests

    std::size_t models() const { return names->size(); }
    const std::string& name(Symbol symbol) const { return (*names)[symbol]; }
    const Distribution& base() const { return *shares; }
};

class Expert {
public:
    virtual ~Expert() = default;
    virtual const char* name() const = 0;
    /// `next` came; `before` is the sequence without it, `after` with it.
    virtual void learn(Symbol next, const Sequence& before, const Sequence& after) = 0;
    /// Fills `out` (as long as there are models) for what comes after `now`.
    virtual void predict(const Sequence& now, Distribution& out) const = 0;
    /// Whether its words name what came before what: what people want to read first.
    virtual bool tellsOrder() const { return false; }
    /// Why `symbol` may come next: "after A, B came 31 of 43 times". Empty: nothing to say.
    virtual Sentence explain(const Sequence& now, Symbol symbol) const = 0;
};

/// How often what came after something; newer times weigh more.
/// Bound: kRowsMax rows; when full, the half that was not touched for longest is dropped.
class FollowTable {
public:
    static constexpr std::size_t kRowsMax = 8192;
    struct Follower {
        Symbol symbol;
        float weight;
        std::uint32_t times;
    };
    struct Row {
        std::vector<Follower> followers;
        float weight = 0;
        std::uint32_t times = 0;
        std::uint64_t touched = 0;
        std::uint32_t timesOf(Symbol symbol) const;
        /// Weight of what never came after it: the more different things did, the likelier is another.
        double escape() const { return 0.5 + 0.25 * static_cast<double>(followers.size()); }
    };

    /// `memory`: what the weights of a row add up to at most; beyond it the older fade.
    explicit FollowTable(float memory) : memory_(memory) {}

    void add(std::uint64_t key, Symbol next);
    const Row* find(std::uint64_t key) const;
    std::size_t size() const { return rows_.size(); }
    /// out = what the row says, mixed with `fallback` the more, the less the row has seen. In place if they are the
    /// same.
    void blend(std::uint64_t key, const Distribution& fallback, Distribution& out) const;

private:
    float memory_;
    std::uint64_t touches_ = 0;
    std::unordered_map<std::uint64_t, Row> rows_;
};

/// A key of up to three symbols and a small number.
std::uint64_t followKey(Symbol first, Symbol second = kNoSymbol, Symbol third = kNoSymbol);
/// The same within a program.
std::uint64_t programKey(std::uint64_t program, Symbol last, Symbol previous = kNoSymbol, Symbol earlier = kNoSymbol);
/// Few models with their shares, in no order.
using SparseShares = std::vector<std::pair<Symbol, double>>;
/// Deals `left` out as the row says; the rest, for what never came after it, comes back. No row: all of it.
double distributeMass(const FollowTable::Row* row, double left, SparseShares& shares);
/// "after A → B, C came next 31 of 43 times", by the longer of the rows after the last model and the last two (which
/// may be missing) that knows it; empty: neither does.
/// `where`: at which program; empty: at all.
Sentence cameNext(const FollowTable::Row* afterOne, const std::string& last, const FollowTable::Row* afterTwo,
                  const std::string& previous, Symbol symbol, const std::string& name, const std::string& where = {});

}  // namespace millrace::load
