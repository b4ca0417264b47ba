// SPDX-License-Identifier: GPL-3.0-or-later
pragma Singleton

import QtQuick
import Millrace.Desktop
import Millrace.Theme

// Which colour of the theme, or which icon, a value of the view-models' enums has: by its name, never by its number.
QtObject {
    function stage(stage: int): color {
        switch (stage) {
        case Stage.Connections:
            return Theme.color.connections;
        case Stage.Batches:
            return Theme.color.batches;
        case Stage.Models:
            return Theme.color.models;
        case Stage.Clients:
        case Stage.Inference:
            return Theme.color.inference;
        case Stage.Streams:
            return Theme.color.streams;
        }
        return Theme.color.accent;
    }
    function health(level: int): color {
        switch (level) {
        case HealthViewModel.Good:
            return Theme.color.ok;
        case HealthViewModel.Busy:
            return Theme.color.accent;
        case HealthViewModel.Warning:
            return Theme.color.warning;
        case HealthViewModel.Critical:
            return Theme.color.critical;
        }
        return Theme.color.textSecond;
    }
    function healthIcon(level: int): string {
        switch (level) {
        case HealthViewModel.Good:
            return "check";
        case HealthViewModel.Busy:
            return "clock";
        case HealthViewModel.Warning:
            return "warning";
        case HealthViewModel.Critical:
            return "error";
        }
        return "info";
    }
    function pool(level: int): color {
        switch (level) {
        case PoolList.Good:
            return Theme.color.ok;
        case PoolList.Unsure:
            return Theme.color.warning;
        case PoolList.Bad:
            return Theme.color.critical;
        }
        return Theme.color.textThird;
    }
    function stream(level: int): color {
        switch (level) {
        case StreamList.Flowing:
            return Theme.color.ok;
        case StreamList.Paused:
            return Theme.color.warning;
        }
        return Theme.color.textSecond;
    }
    function model(level: int): color {
        switch (level) {
        case ModelList.Warm:
            return Theme.color.ok;
        case ModelList.Moving:
            return Theme.color.models;
        case ModelList.Failed:
            return Theme.color.critical;
        }
        return Theme.color.textThird;
    }
}
