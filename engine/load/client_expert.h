// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/expert.h"

#include <utility>

namespace millrace::load {

/// Predicts each client separately, since the requests of several interleave: what each active client requests next,
/// weighted by the probability that the next request is this client's.
/// Bound: kClientsMax; the least active is dropped.
class ClientExpert final : public Expert {
public:
    static constexpr std::size_t kClientsMax = 128;

    explicit ClientExpert(double halfLife);
    const char* name() const override { return "per client"; }
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    Sentence explain(const Sequence& now, Symbol symbol) const override;

private:
    struct Client {
        std::string name;
        double weight = 0;
        Symbol last = kNoSymbol, second = kNoSymbol;
        SparseShares next;  ///< its next request; sums to at most 1
    };
    void contribute(const Client& client, double sign);
    void expect(Client& client, std::uint64_t program);
    void rebase();

    double same_ = 0.5;  // how often the next request is of the same client
    double growth_;
    double increment_ = 1;
    double total_ = 0;
    std::vector<double> sum_;      // over clients: weight x what it asks for next
    mutable Distribution shares_;  // only while predict() runs: spares an allocation a request
    std::unordered_map<std::uint64_t, Client> clients_;
    FollowTable any_{64}, one_{32}, two_{32};  // by program; and its last model; and its last two
};

}  // namespace millrace::load
