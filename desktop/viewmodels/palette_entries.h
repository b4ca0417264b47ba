// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/palette_list.h"

#include <QtCore/QObject>

namespace millrace::desktop {

class ShellViewModel;

/// What the command palette offers at this moment: pages, the view, the engine, its models, backends and settings.
///
/// Owner: the shell, whose actions the entries call.   Bound: what the engine lists.
class PaletteEntries : public QObject {
    Q_OBJECT
public:
    using Entries = QList<PaletteList::Entry>;

    explicit PaletteEntries(ShellViewModel& shell);
    Entries all();

private:
    struct Setting {
        QString title;
        QString path;
        QString group;
    };
    void addPages(Entries& out);
    void addView(Entries& out);
    void addEngine(Entries& out);
    void addModels(Entries& out);
    void addBackends(Entries& out);
    void addSettings(Entries& out);
    void askSettings();

    ShellViewModel& shell_;
    QList<Setting> settings_;  // of the schema; loaded once for each engine
    bool loadingSettings_ = false;
};

}  // namespace millrace::desktop
