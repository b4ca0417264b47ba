// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/model_kind.h"
#include "base/clock.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace millrace::load {

/// How long a load takes: running mean and deviation by model, and by kind of model for those seen too seldom.
///
///     eta.learned("digits-m", ModelKind::Classifier, took);
///     eta.bound("digits-m", ModelKind::Classifier);                  // Retry-After of who waits for it; empty: not
///     known
///
/// Pure core. Bound: kKeysMax models; beyond that new ones are estimated by their kind.
/// Source: ModelMesh, which assumes a load to be done after mean + 3 sigma.
class EtaModel {
public:
    static constexpr std::size_t kKeysMax = 4096;
    static constexpr double kEnough = 4;        ///< samples from which a model speaks for itself
    static constexpr double kMemory = 32;       ///< samples that count: older ones fade
    static constexpr double kRelativeMin = .1;  ///< deviation assumed at least, as a share of the mean

    struct Moments {
        double count = 0, mean = 0, m2 = 0;  ///< of milliseconds
        void add(double value);
        double sigma() const;
    };

    /// `first`: it began before any load of its backend had ended, and so may have paid for what the backend put off
    /// until then (libraries, device contexts). It counts only as long as nothing else is known.
    void learned(const std::string& model, backend::ModelKind kind, Duration took, bool first = false);
    /// Expected time of a load; empty: nothing like it was ever loaded.
    std::optional<Duration> mean(const std::string& model, backend::ModelKind kind) const;
    /// When to assume it done: mean + 3 sigma.
    std::optional<Duration> bound(const std::string& model, backend::ModelKind kind) const;

    const std::unordered_map<std::string, Moments>& models() const { return models_; }
    const std::map<backend::ModelKind, Moments>& kinds() const { return kinds_; }
    void restore(const std::string& model, const Moments& moments);
    void restoreKind(backend::ModelKind kind, const Moments& moments);

private:
    std::optional<Moments> estimate(const std::string& model, backend::ModelKind kind) const;

    std::unordered_map<std::string, Moments> models_;
    std::map<backend::ModelKind, Moments> kinds_;
    // only while the others have nothing
    std::unordered_map<std::string, Moments> firstModels_;
    std::map<backend::ModelKind, Moments> firstKinds_;
};

}  // namespace millrace::load
