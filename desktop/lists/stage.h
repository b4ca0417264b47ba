// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "setting.pb.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// A stage of the pipeline, in the order of a request: it has a colour (Tones.stage) and a page.
namespace Stage {
Q_NAMESPACE
QML_ELEMENT
enum Value { None, Clients, Connections, Batches, Models, Inference, Streams };
Q_ENUM_NS(Value)
Value of(config::v1::Stage stage);
}  // namespace Stage

}  // namespace millrace::desktop
