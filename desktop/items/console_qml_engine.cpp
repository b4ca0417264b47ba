// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_qml_engine.h"

#include <QtQml/QQmlIncubationController>

namespace millrace::desktop {

namespace {

constexpr int kSliceMs = 10;
constexpr int kSlicesMax = 500;

}  // namespace

ConsoleQmlEngine::~ConsoleQmlEngine()
{
    QQmlIncubationController* controller = incubationController();
    for (int slice = 0; controller && controller->incubatingObjectCount() > 0 && slice < kSlicesMax; ++slice)
        controller->incubateFor(kSliceMs);
}

}  // namespace millrace::desktop
