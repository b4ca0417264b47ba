// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QStringList>

namespace millrace::desktop {

enum class HealthLevel { Good, Info, Busy, Warning, Critical };

/// What a problem's button does.
struct Remedy {
    enum class Kind {
        None,
        StartEngine,
        StartOnFreePorts,
        Retry,
        Resume,        ///< subjects: backends that drain
        Probe,         ///< subjects: backends to health-check
        ShowRequests,  ///< subjects: query of the requests page
        ShowPage       ///< subjects: key of a page
    };
    Kind kind = Kind::None;
    QString verb;  ///< text of the button
    QStringList subjects;
    bool operator==(const Remedy&) const = default;
};

struct Problem {
    QString id;  ///< stable while it lasts
    HealthLevel level = HealthLevel::Info;
    QString title;  ///< a few words: "1 backend draining"
    QString text;   ///< a sentence with the values met
    Remedy remedy;
    bool outage = false;  ///< no request can succeed
    const QString& key() const { return id; }
    bool operator==(const Problem&) const = default;
};

}  // namespace millrace::desktop
