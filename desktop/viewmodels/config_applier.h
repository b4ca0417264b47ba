// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/engine_client.h"

#include <QtCore/QObject>

namespace millrace::desktop {

class Session;

/// Makes a configuration active, or one from the history active again, and knows what the last such step was, so that
/// it can be undone while nothing else was applied since.
class ConfigApplier : public QObject {
    Q_OBJECT
public:
    explicit ConfigApplier(Session& session) : session_(session) {}
    void apply(const control::ApplyConfigRequest& wanted);
    void rollBack(quint64 revision, quint64 active);
    void undo(quint64 active) { rollBack(undoTo_, active); }
    bool canUndo(quint64 active) const { return undoOf_ != 0 && undoOf_ == active; }
    void forget() { undoOf_ = 0; }

Q_SIGNALS:
    void applied(quint64 revision);
    void rolledBack(quint64 revision);
    void refused(const millrace::control::v1::ApplyConfigReply& reply);  ///< the engine found problems, or a conflict
    void failed(const QString& problem);
    void notRolledBack(const QString& problem);  ///< empty: that configuration is active already

private:
    Session& session_;
    quint64 undoTo_ = 0;
    quint64 undoOf_ = 0;
};

}  // namespace millrace::desktop
