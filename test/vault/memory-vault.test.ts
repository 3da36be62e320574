import { openMemoryVault } from "../../src/vault/memory-vault.ts";
import { examineVault } from "../vault-exam.ts";

examineVault({
  name: "memory vault",
  opening: undefined,
  async open() {
    const vault = openMemoryVault();
    return { vault, impatient: vault, argument: "", spoil: undefined, close: () => vault.close() };
  },
});
