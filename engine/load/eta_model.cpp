// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/eta_model.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {

void EtaModel::Moments::add(double value)
{
    if (count >= kMemory) {  // fade: a disk that became slower must show
        const double keep = (kMemory - 1) / count;
        count *= keep;
        m2 *= keep;
    }
    count += 1;
    const double off = value - mean;
    mean += off / count;
    m2 += off * (value - mean);
}

double EtaModel::Moments::sigma() const
{
    const double spread = count > 1 ? std::sqrt(m2 / (count - 1)) : 0;
    return std::max(spread, kRelativeMin * mean);
}

void EtaModel::learned(const std::string& model, backend::ModelKind kind, Duration took, bool first)
{
    const double ms = toMs(took);
    (first ? firstKinds_ : kinds_)[kind].add(ms);
    auto& models = first ? firstModels_ : models_;
    if (models.size() < kKeysMax || models.contains(model)) models[model].add(ms);
}

std::optional<EtaModel::Moments> EtaModel::estimate(const std::string& model, backend::ModelKind kind) const
{
    const auto own = models_.find(model);
    if (own != models_.end() && own->second.count >= kEnough) return own->second;
    const auto like = kinds_.find(kind);
    if (own == models_.end() && like == kinds_.end()) {
        const auto alone = firstModels_.find(model);
        if (alone != firstModels_.end()) return alone->second;
        const auto kin = firstKinds_.find(kind);
        return kin != firstKinds_.end() ? std::optional(kin->second) : std::nullopt;
    }
    if (own == models_.end()) return like->second;
    if (like == kinds_.end()) return own->second;
    // Part of the way from what its kind needs to what it needed itself.
    const double share = own->second.count / kEnough;
    Moments mixed;
    mixed.count = kEnough;
    mixed.mean = share * own->second.mean + (1 - share) * like->second.mean;
    const double sigma = share * own->second.sigma() + (1 - share) * like->second.sigma();
    mixed.m2 = sigma * sigma * (mixed.count - 1);
    return mixed;
}

std::optional<Duration> EtaModel::mean(const std::string& model, backend::ModelKind kind) const
{
    const auto found = estimate(model, kind);
    if (!found) return std::nullopt;
    return fromMs(found->mean);
}

std::optional<Duration> EtaModel::bound(const std::string& model, backend::ModelKind kind) const
{
    const auto found = estimate(model, kind);
    if (!found) return std::nullopt;
    return fromMs(found->mean + 3 * found->sigma());
}

void EtaModel::restore(const std::string& model, const Moments& moments)
{
    if (models_.size() < kKeysMax) models_[model] = moments;
}

void EtaModel::restoreKind(backend::ModelKind kind, const Moments& moments)
{
    kinds_[kind] = moments;
}

}  // namespace millrace::load
