package dev.cprfl.cli;

import dev.cprfl.kernels.BackendProvider;

/** What the providers that tests put in the place of ours have in common. */
abstract class StandInProvider implements BackendProvider {

    private final String name;

    StandInProvider(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public String obstacle() {
        return null;
    }
}
