// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/qml_warnings.h"

#include <QtCore/QObject>
#include <QtGui/QAccessible>
#include <QtQuickControls2/QQuickStyle>
#include <QtTest/QTest>

#include <optional>

/// Tests of QML in the console's style, seen by a screen reader: a warning fails the test during which it arrives.
class QmlTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QQuickStyle::setFallbackStyle(QStringLiteral("Basic"));
        QQuickStyle::setStyle(QStringLiteral("Millrace.Style"));
        QAccessible::setActive(true);
        warnings_.emplace();
    }
    void init() { warnings_->take(); }
    void cleanup()
    {
        const QStringList warnings = warnings_->take();
        if (!warnings.isEmpty()) QFAIL(qPrintable(warnings.join(u'\n')));
    }
    void cleanupTestCase() { warnings_.reset(); }

private:
    std::optional<QmlWarnings> warnings_;
};
