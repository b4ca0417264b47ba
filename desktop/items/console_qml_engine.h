// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtQml/QQmlApplicationEngine>

namespace millrace::desktop {

/// Runs the console's QML. May be destroyed at any time: what is still being made in slices (pages, rows of tables) is
/// made to its end first, since Qt complains of it otherwise and leaves it behind.
class ConsoleQmlEngine final : public QQmlApplicationEngine {
public:
    using QQmlApplicationEngine::QQmlApplicationEngine;
    ~ConsoleQmlEngine() override;
};

}  // namespace millrace::desktop
