// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QStringList>

#include <utility>

/// Collects the warnings of QML, of Qt and of ours that arrive while it lives: a TypeError in a binding or a component
/// that cannot be made is a defect, wherever the test looked. What a platform plugin cannot do here is none.
///
/// One at a time. Made before Qt Test runs, it hears nothing: make it in initTestCase() or in a test.
class QmlWarnings {
public:
    QmlWarnings()
    {
        Q_ASSERT(!self_);
        self_ = this;
        before_ = qInstallMessageHandler(note);
    }
    ~QmlWarnings()
    {
        qInstallMessageHandler(before_);
        self_ = nullptr;
    }
    QmlWarnings(const QmlWarnings&) = delete;
    QmlWarnings& operator=(const QmlWarnings&) = delete;

    QStringList take() { return std::exchange(texts_, {}); }

private:
    static void note(QtMsgType type, const QMessageLogContext& context, const QString& text)
    {
        const bool platform = text.startsWith(QStringLiteral("This plugin does not support")) ||
                              text.contains(QStringLiteral("XDG_RUNTIME_DIR"));
        if (self_ && (type == QtWarningMsg || type == QtCriticalMsg) && !platform) self_->texts_.append(text);
        if (before_) before_(type, context, text);
    }

    inline static QmlWarnings* self_ = nullptr;
    inline static QtMessageHandler before_ = nullptr;
    QStringList texts_;
};
