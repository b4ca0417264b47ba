// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control.pb.h"

#include <QtCore/QString>

namespace millrace::testing {

/// "model_loaded", or a kind that this engine does not have: then it comes by its name, as the engine does it.
inline void setKind(control::v1::Event& event, const QString& name)
{
    control::v1::EventKind kind{};
    if (control::v1::EventKind_Parse("EVENT_KIND_" + name.toUpper().toStdString(), &kind))
        event.set_kind(kind);
    else
        event.set_kind_name(name.toStdString());
}

}  // namespace millrace::testing
