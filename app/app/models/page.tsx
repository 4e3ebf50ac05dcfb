import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { ModelsView } from '../../views/ModelsView'

export const metadata = pageMetadata('/models/')

export default function Page() {
  return (
    <App route="/models/">
      <ModelsView />
    </App>
  )
}
