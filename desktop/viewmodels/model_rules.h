// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QString>

#include <optional>

namespace millrace::desktop {

/// What is set for one model by itself, and what holds where nothing is: pin, time to live, preloads. In words.
struct ModelRules {
    QString tag;      ///< the model's rules, in short: "pinned · TTL 5 min · no preloads"; empty: none
    QString text;     ///< what holds: "unloaded after 5 min unused · own rule"
    QString unloads;  ///< the same for a column: "5 min · own", "never"
    std::optional<double> unloadsMs;  ///< empty: not for being unused
    QString fixed;                    ///< why they cannot be changed; empty: they can
};

/// Pure. An engine that is older than times to live of single models says nothing of them.
ModelRules modelRules(const control::ModelState& model, const control::ModelSection& section);

/// Time to live only: as the tooltip and messages say it.
QString idleTtlText(std::optional<quint64> ms);

}  // namespace millrace::desktop
