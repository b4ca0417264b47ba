// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QObject>
#include <QtQml/qqmlregistration.h>

#include <string>

namespace millrace::desktop {

/// A stage of the pipeline, in the order of a request: it has a colour (Tones.stage) and a page.
namespace Stage {
Q_NAMESPACE
QML_ELEMENT
enum Value { None, Clients, Connections, Batches, Models, Inference, Streams };
Q_ENUM_NS(Value)
Value of(control::Stage stage);
Value of(const std::string& word);  ///< of a group of settings
}  // namespace Stage

}  // namespace millrace::desktop
